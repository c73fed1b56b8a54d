#include "proxy/passage_note.h"

#include "proxy/listener.h"
#include "proxy/worker.h"

namespace zest::proxy {

void PassageNote::write(const Listener& listener, const upstream::Pool* pool, TunnelEnd end,
                        const tunnel::Ended& ended) {
  Worker& worker = listener.worker();
  record.duration_ns = worker.loop().now_ns() - record.began_ns;
  record.client = &client;
  if (origin.size() > 0) record.origin = &origin;
  record.method = method;
  record.target = target;
  record.host = host;
  if (pool) record.upstream = pool->config().name;
  record.listener = listener.index();
  record.bytes_in += ended.bytes[0];
  record.bytes_out += ended.bytes[1];
  record.tunnel = end;
  worker.sink()->record(record);
}

}  // namespace zest::proxy
