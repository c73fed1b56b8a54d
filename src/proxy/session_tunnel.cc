// Where HTTP ends on a connection, and a tunnel begins: an Upgrade that an origin has agreed to,
// and CONNECT. What the client has sent behind its head stays unread until then.
#include <algorithm>

#include "proxy/connection.h"
#include "proxy/forwarded.h"
#include "proxy/listener.h"
#include "proxy/opening.h"
#include "proxy/session.h"
#include "proxy/upgrade.h"
#include "proxy/worker.h"
#include "sys/socket.h"

namespace zest::proxy {
namespace {

using http::Name;

bool allows(const std::vector<Destination>& destinations, const sys::Address& wanted) {
  if (wanted.port() == 0 || wanted.is_wildcard()) return false;
  return std::ranges::any_of(destinations, [&](const Destination& one) {
    return (one.port == 0 || one.port == wanted.port()) && contains(one.block, wanted);
  });
}

}  // namespace

// Kept apart from the head, which is gone when the answer comes.
void Session::note_upgrade() {
  exchange_.upgrades = false;
  if (!exchange_.route->upgrade) return;
  const std::string_view asked = upgrade_asked(request_, request_framing_);
  if (asked.empty() || asked.size() > upgrade_size_max) return;
  upgrade_ = {};
  upgrade_.append(asked);
  exchange_.upgrades = true;
}

bool Session::switches() const {
  return exchange_.upgrades && upgrade_agreed(answer_, upgrade_.view());
}

io::Task<Session::After> Session::switch_protocols() {
  exchange_.status = answer_.status;
  const size_t before = down_.size();
  if (!write_answer_head(true)) co_return answer_failure(Asked::malformed);
  exchange_.bytes_out += down_.size() - before;
  worker_.counters().bytes_from_origins.add(answer_.size);
  release_answer_head();
  const bool told = co_await flush();
  co_await end_request();  // it was read before it was agreed to
  if (!told || origin_out_->error() || !make_opening()) co_return After::broken;
  origin_out_.reset();
  opening_->hold(*exchange_.pool, *std::exchange(link_, nullptr));
  co_return After::tunnel;
}

// A refusal ends the connection: what follows it may have been meant for the tunnel, and must not
// be taken for a request.
io::Task<Session::After> Session::connect() {
  const ListenerConfig& config = client_->listener().config();
  exchange_.keep_alive = false;
  if (config.connects.empty()) co_return answer(405, "CONNECT is not served");
  const auto wanted = sys::Address::parse(request_.text(request_.target));
  if (!wanted || !wanted->is_ip()) co_return answer(403, "CONNECT to what is no address");
  if (!allows(config.connects, *wanted)) co_return answer(403, "CONNECT to there is not allowed");
  if (!down_.empty() && !co_await flush()) co_return After::broken;
  worker_.counters().upstream_connects.add();
  auto fd = sys::open_socket(wanted->family(), SOCK_STREAM);
  const int32_t connected =
      fd ? co_await worker_.scope().connect(fd->get(), *wanted, within(config.timeouts.connect_ms))
         : -fd.error().os_errno;
  const bool told = connected >= 0 && write_connected() && co_await flush() && make_opening();
  if (told) {
    opening_->hold(std::move(*fd), *wanted);
    co_return After::tunnel;
  }
  if (fd) worker_.loop().close(std::move(*fd));
  co_return connected < 0 ? not_connected(-connected) : After::broken;
}

Session::After Session::not_connected(int error) {
  worker_.counters().upstream_connect_failures.add();
  if (error == ECANCELED) return After::broken;
  if (error == ETIMEDOUT) exchange_.timeout = Timeout::connect;
  return answer_failure(sys::is_shortage(error) ? Asked::no_fd : Asked::no_connection);
}

bool Session::write_connected() {
  const size_t before = down_.size();
  if (!down_.reserve(256)) return false;
  http::Writer writer(down_.data() + before, down_.capacity() - before);
  writer.status_line(200, http::reason_of(200));
  writer.field(Name::date, worker_.date());
  writer.end_head();
  down_.set_size(before + writer.size());
  exchange_.status = 200;
  exchange_.bytes_out += writer.size();
  return writer.ok();
}

bool Session::make_opening() {
  opening_ = Opening::make(worker_, *client_);
  return opening_ != nullptr;
}

// Its line in the log comes at its end.
void Session::note_tunnel() {
  if (!worker_.sink()) return;
  auto note = std::unique_ptr<PassageNote>(new (std::nothrow) PassageNote);
  if (!note) return;
  describe(note->record);
  note->method = note->record.method;
  note->target = note->record.target;
  note->host = note->record.host;
  if (exchange_.peer) note->origin = exchange_.peer->address;
  opening_->take_note(std::move(note));
}

}  // namespace zest::proxy
