#include "tls/ocsp.h"

#include <openssl/ocsp.h>

#include <ctime>

#include "tls/openssl.h"

namespace zest::tls {
namespace {

struct FreeOcsp {
  void operator()(OCSP_RESPONSE* response) const { OCSP_RESPONSE_free(response); }
  void operator()(OCSP_BASICRESP* basic) const { OCSP_BASICRESP_free(basic); }
};

struct FreeId {
  void operator()(OCSP_CERTID* id) const { OCSP_CERTID_free(id); }
};

// As the responder names it: the serial number, and what it says of the issuer by a digest of its
// choice. Of the issuer only where it stands in the certificate's file.
bool is_about(OCSP_CERTID* id, const Certificate& certificate) {
  ASN1_OBJECT* digest = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, &digest, nullptr, &serial, id);
  if (!serial || ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate.leaf.get())) != 0)
    return false;
  const EVP_MD* method = digest ? EVP_get_digestbyobj(digest) : nullptr;
  if (certificate.chain.empty() || !method) return true;
  const std::unique_ptr<OCSP_CERTID, FreeId> ours(
      OCSP_cert_to_id(method, certificate.leaf.get(), certificate.chain.front().get()));
  return ours && OCSP_id_issuer_cmp(ours.get(), id) == 0;
}

const OCSP_SINGLERESP* answer_for(OCSP_BASICRESP* basic, const Certificate& certificate) {
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    const OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    if (is_about(const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)), certificate))
      return single;
  }
  return nullptr;
}

OcspFacts facts_of(const OCSP_SINGLERESP* single) {
  ASN1_GENERALIZEDTIME* next = nullptr;
  const int status = OCSP_single_get0_status(const_cast<OCSP_SINGLERESP*>(single), nullptr, nullptr,
                                             nullptr, &next);
  OcspFacts facts{.revoked = status == V_OCSP_CERTSTATUS_REVOKED};
  tm parts{};
  if (next && ASN1_TIME_to_tm(next, &parts) == 1) facts.until_s = ::timegm(&parts);
  return facts;
}

}  // namespace

Result<OcspFacts> read_ocsp(const std::vector<unsigned char>& response,
                            const Certificate& certificate) {
  const unsigned char* at = response.data();
  const std::unique_ptr<OCSP_RESPONSE, FreeOcsp> parsed(
      d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(response.size())));
  if (!parsed) return fail_openssl("no OCSP response in DER");
  if (OCSP_response_status(parsed.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return fail(Status::invalid_argument, "the OCSP responder gave no answer");
  const std::unique_ptr<OCSP_BASICRESP, FreeOcsp> basic(OCSP_response_get1_basic(parsed.get()));
  if (!basic) return fail_openssl("no basic OCSP response");
  const OCSP_SINGLERESP* single = answer_for(basic.get(), certificate);
  if (!single)
    return fail(Status::invalid_argument, "the OCSP response is not for %s",
                certificate.file.c_str());
  return facts_of(single);
}

}  // namespace zest::tls
