#include "upstream/pool.h"

#include <sys/socket.h>

#include <algorithm>
#include <new>

#include "io/waker.h"
#include "sys/fault.h"
#include "sys/socket.h"
#include "upstream/origin_socket.h"

namespace zest::upstream {
namespace {

constexpr int backlog_pause_ms = 5;
constexpr const char* tls_ended = "the origin ended the TLS handshake";
constexpr const char* tls_timed_out = "the origin did not finish its TLS handshake in time";

// A new socket has room for that much.
int say_first(int fd, std::string_view preface) {
  if (const int error = sys::fault::at("send", {EPIPE, EAGAIN})) return error;
  const ssize_t sent = ::send(fd, preface.data(), preface.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno;
  return static_cast<size_t>(sent) == preface.size() ? 0 : EAGAIN;
}

}  // namespace

Pool::Pool(Group& group, io::Scope& scope, PoolCounters counters, size_t worker)
    : group_(group),
      scope_(scope),
      counters_(counters),
      balancer_(make_balancer(group.config().strategy, worker)),
      idle_(std::make_unique<Idle[]>(group.peers().size())),
      sessions_(group.peers().size()) {}

Pool::~Pool() { ZEST_ASSERT(links_ == 0); }

Link* Pool::take(Peer& peer) {
  if (!keeps()) return nullptr;
  Idle& idle = idle_of(peer);
  Link* link = idle.links.back();
  if (!link) return nullptr;
  link->unlink();
  --idle.count;
  --idle_count_;
  link->idle_timer_.stop();
  counters_.reused.add();
  begin_use(*link);
  return link;
}

void Pool::begin_use(Link& link) {
  ++link.requests_;
  link.peer_.active.fetch_add(1, std::memory_order_relaxed);
  link.peer_.requests.fetch_add(1, std::memory_order_relaxed);
}

io::Task<Pool::Connected> Pool::connect(io::FrameStack& frames, Peer& peer, Attempt attempt) {
  counters_.connects.add();
  peer.connects.fetch_add(1, std::memory_order_relaxed);
  const bool early = attempt.speaks_first && config().tcp_fast_open && !group_.tls();
  Result<Fd> fd = open_origin_socket(config(), peer.address, early || group_.tls());
  if (!fd) {
    count_failure(peer);
    co_return Connected{.error = fd.error().os_errno};
  }
  io::Loop& loop = scope_.loop();
  const int64_t timeout_ns = deadline_after_ms(loop.now_ns(), config().connect_timeout_ms);
  const int64_t deadline_ns = std::min(timeout_ns, attempt.deadline_ns);
  // Nobody is to blame for less time than the group gives.
  const auto lost = [&](int error) {
    const bool hurried = deadline_ns < timeout_ns && error == ETIMEDOUT;
    hurried ? count_failure(peer) : failed(peer, error);
  };
  int32_t result = co_await scope_.connect(fd->get(), peer.address, deadline_ns);
  if (result == -EAGAIN && !peer.address.is_ip())
    result = co_await wait_for_room(frames, fd->get(), peer, deadline_ns);
  if (result >= 0 && !attempt.preface.empty()) result = -say_first(fd->get(), attempt.preface);
  auto* link = result < 0 ? nullptr : new (std::nothrow) Link(*this, peer, loop, std::move(*fd));
  if (!link) {
    const int error = result < 0 ? -result : ENOMEM;
    lost(error);
    if (fd->valid()) loop.close(std::move(*fd));
    co_return Connected{.error = error};
  }
  ++links_;
  if (const int error = co_await begin(frames, *link, deadline_ns)) {
    lost(error);
    const char* why = error == ETIMEDOUT ? tls_timed_out : link->in_.finished() ? tls_ended : "";
    if (error != ECANCELED) sessions_[index_of(peer)]->forget();
    if (const char* told = tls_failed(*link); *told) why = told;
    end(*link);
    co_return Connected{.error = error, .why = why};
  }
  link->early_ = early;
  if (!early) peer.works();
  begin_use(*link);
  co_return Connected{.link = link};
}

// A Unix socket whose backlog is full says so at once, but not when there is room.
io::Task<int32_t> Pool::wait_for_room(io::FrameStack&, int fd, Peer& peer, int64_t deadline_ns) {
  const io::Loop& loop = scope_.loop();
  int32_t result = -EAGAIN;
  while (result == -EAGAIN) {
    if (loop.now_ns() >= deadline_ns) co_return -ETIMEDOUT;
    const int64_t again_ns = deadline_after_ms(loop.now_ns(), backlog_pause_ms);
    result = co_await scope_.sleep_until(std::min(again_ns, deadline_ns));
    if (result == 0) result = co_await scope_.connect(fd, peer.address, deadline_ns);
  }
  co_return result;
}

void Pool::count_failure(Peer& peer) {
  counters_.connect_failures.add();
  peer.connect_failures.fetch_add(1, std::memory_order_relaxed);
}

// Who is short of fds or memory, or gives up, does not blame the origin.
void Pool::failed(Peer& peer, int os_errno) {
  count_failure(peer);
  if (os_errno != ECANCELED && !sys::is_shortage(os_errno))
    group_.rest(peer, scope_.loop().now_ns());
}

// Receives; with TLS it shakes hands first, within the same deadline.
io::Task<int> Pool::begin(io::FrameStack&, Link& link, int64_t deadline_ns) {
  if (!group_.tls()) {
    link.in_.start();
    co_return 0;
  }
  auto& session = sessions_[index_of(link.peer_)];
  if (!session) session = std::make_shared<tls::Resumption>();
  auto layer = tls::EngineLayer::client(link.in_.fd(), group_.tls(), config().tls_name, session,
                                        group_.tls()->kernel(), counters_.kernel);
  if (!layer) co_return ECONNABORTED;
  link.in_.set_layer(std::move(*layer));
  io::Waker waker(scope_);
  link.in_.on_event(&waker, [](void* woken) noexcept { static_cast<io::Waker*>(woken)->wake(); });
  link.in_.start();
  while (!link.in_.ready() && !link.in_.finished())
    if (const int32_t failed = co_await waker.wait(deadline_ns)) co_return -failed;
  co_return link.in_.ready() && !link.in_.finished() ? 0 : ECONNABORTED;
}

// Why: what the origin's certificate lacks, for instance.
const char* Pool::tls_failed(Link& link) {
  if (counters_.tls_failures) counters_.tls_failures->add();
  return link.why();
}

bool Pool::worth_keeping(const Link& link) const {
  const GroupConfig& wanted = config();
  const bool worn =
      wanted.requests_per_connection > 0 && link.requests_ >= wanted.requests_per_connection;
  return keeps() && !closed_ && !worn && link.in_.input().empty() && !link.in_.finished() &&
         link.in_.busy();
}

void Pool::give_back(Link& link) {
  link.peer_.works();
  Idle& idle = idle_of(link.peer_);
  if (!worth_keeping(link) || idle.count >= config().pool_size) {
    link.in_.say_end();
    return discard(link);
  }
  link.peer_.active.fetch_sub(1, std::memory_order_relaxed);
  link.in_.on_event(&link, Link::call<&Link::idle_event>);
  idle.links.push_back(link);
  ++idle.count;
  ++idle_count_;
  io::Loop& loop = scope_.loop();
  loop.start_timer(link.idle_timer_, deadline_after_ms(loop.now_ns(), config().idle_timeout_ms));
}

void Pool::discard(Link& link) {
  link.peer_.active.fetch_sub(1, std::memory_order_relaxed);
  end(link);
}

Peer& Pool::hand_over(Link& link) {
  Peer& peer = link.peer_;
  delete &link;
  return peer;
}

void Pool::left(Peer& peer) {
  peer.active.fetch_sub(1, std::memory_order_relaxed);
  --links_;
}

void Pool::drop_idle(Link& link) {
  link.unlink();
  link.idle_timer_.stop();
  --idle_of(link.peer_).count;
  --idle_count_;
  if (link.in_.finished()) counters_.closed_idle.add();
  link.in_.say_end();
  end(link);
}

// What the kernel still holds of it must end first.
void Pool::end(Link& link) {
  link.in_.on_event(&link, Link::call<&Link::closing_event>);
  link.in_.cancel();
  bury(link);
}

void Pool::bury(Link& link) {
  if (link.in_.busy()) return;
  delete &link;
  --links_;
}

void Pool::close() {
  closed_ = true;
  for (size_t i = 0; i < group_.peers().size(); ++i)
    while (Link* link = idle_[i].links.front()) drop_idle(*link);
}

}  // namespace zest::upstream
