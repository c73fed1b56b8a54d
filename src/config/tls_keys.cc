#include "config/tls_keys.h"

#include <algorithm>

#include "config/fill.h"
#include "config/texts.h"
#include "config/tls_shapes.h"
#include "sys/packed_address.h"

namespace zest::config {
namespace {

using proxy::ListenerConfig;
using tls::CertificateFiles;
using tls::ClientAuth;
using tls::Preferences;
using tls::ServerConfig;

constexpr size_t certificates_max = 1024;
// Beyond that the keys of tickets are gone.
constexpr int64_t session_timeout_max_s = 86'400;
constexpr std::string_view in_memory = "self-signed";

// In the order of its enum.
constexpr const char* client_auths[] = {"off", "optional", "required"};

template <auto... path>
constexpr auto cipher_list(const char* name) {
  return text<path...>(name, "as OpenSSL lists them", cipher_objection);
}

constexpr Key<CertificateFiles> certificate[] = {
    required(tls_file<&CertificateFiles::certificate>("certificate")),
    required(tls_file<&CertificateFiles::key>("key")),
    tls_file<&CertificateFiles::ocsp>("ocsp"),
};

void read_certificate(ServerConfig& into, const Value& table, Problems& problems) {
  fill(into.certificates.emplace_back(), table, "[[listener.tls.certificates]]", certificate_keys(),
       problems);
}

void read_certificates(ServerConfig& into, const Entry& entry, Problems& problems) {
  const std::vector<Value>& items = entry.value.items;
  const auto is_table = [](const Value& item) { return item.kind == Value::Kind::table; };
  if (entry.value.kind != Value::Kind::array || !std::ranges::all_of(items, is_table))
    return problems.add(entry.value.at,
                        "certificates is not a list of tables: write "
                        "[{ certificate = \"a.pem\", key = \"a.key\" }]");
  if (items.empty()) return problems.add(entry.value.at, "certificates is empty");
  if (items.size() > certificates_max)
    return problems.add(entry.value.at, "more than %zu certificates", certificates_max);
  for (const Value& item : items) read_certificate(into, item, problems);
}

constexpr auto wanted = &ServerConfig::preferences;

constexpr Key<ServerConfig> server[] = {
    required(special<ServerConfig>("certificates", "a list of tables", "none", read_certificates)),
    choice<tls_versions, wanted, &Preferences::version_min>("min_version"),
    cipher_list<wanted, &Preferences::ciphers>("ciphers"),
    cipher_list<wanted, &Preferences::ciphersuites>("ciphersuites"),
    choice<client_auths, &ServerConfig::client_auth>("client_auth"),
    tls_file<&ServerConfig::client_ca>("client_ca"),
    tls_file<&ServerConfig::ticket_keys>("ticket_keys"),
    choice<kernel_modes, wanted, &Preferences::kernel>("ktls"),
    number<&ServerConfig::session_timeout_s>("session_timeout_s", 1, session_timeout_max_s),
};

void read_server_table(ServerConfig& into, const Value& table, Problems& problems) {
  fill(into, table, "[listener.tls]", server_tls_keys(), problems);
  const bool asks = into.client_auth != ClientAuth::off;
  if (asks && !table.find("client_ca")) tell_missing(table, "client_auth", "client_ca", problems);
  if (!asks) tell_missing(table, "client_ca", "client_auth, which is off", problems);
}

}  // namespace

void read_listener_tls(ListenerConfig& into, const Entry& entry, Problems& problems) {
  const Value& value = entry.value;
  if (value.kind == Value::Kind::table)
    return read_server_table(into.tls.emplace(), value, problems);
  if (value.kind != Value::Kind::text)
    return problems.add(value.at, "tls is %s, and must be \"self-signed\" or a table",
                        kind_name(value.kind));
  if (value.text == in_memory) {
    into.tls.emplace().self_signed.emplace_back("localhost");  // the rest when bind is known
    return;
  }
  problems.add(value.at, "tls = %s: must be \"self-signed\" or a table%s",
               quoted(value.text).c_str(), did_you_mean(nearest(value.text, {in_memory})).c_str());
}

std::span<const Key<ServerConfig>> server_tls_keys() { return server; }
std::span<const Key<CertificateFiles>> certificate_keys() { return certificate; }

tls::ServerConfig self_signed_for(const sys::Address& bind) {
  ServerConfig config{.self_signed = {"localhost", "127.0.0.1", "::1"}};
  std::string ip(sys::ip_text(bind).view());
  const bool named = bind.is_ip() && !bind.is_wildcard();
  if (named && std::ranges::find(config.self_signed, ip) == config.self_signed.end())
    config.self_signed.push_back(std::move(ip));
  return config;
}

}  // namespace zest::config
