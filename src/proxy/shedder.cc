#include "proxy/shedder.h"

#include <algorithm>

#include "proxy/worker.h"

namespace zest::proxy {

int64_t Shedder::look() {
  const io::Starvation::Seen seen = starvation_.look(worker_.loop());
  if (seen.stuck) shed_newest();
  return std::min(seen.again_ns, worker_.engines().relieve());
}

void Shedder::shed_newest() {
  List<Session>& active = worker_.active();
  for (Session* session = active.front(); session; session = active.after(*session))
    if (session->can_be_shed()) return session->shed();
  List<Passage>& passages = worker_.passages();
  for (Passage* passage = passages.front(); passage; passage = passages.after(*passage))
    if (passage->can_be_shed()) return passage->shed();
}

}  // namespace zest::proxy
