// How a service comes up: bind everything, start the threads, then let the sockets listen in order,
// so that a socket listens only when somebody accepts from it.
#include <algorithm>

#include "acceptor/fd_reserve.h"
#include "acceptor/service.h"
#include "sys/cpu.h"
#include "sys/socket.h"
#include "sys/system.h"

namespace zest::acceptor {
namespace {

constexpr uint32_t backlog_without_proc = 4096;  // the kernel's default of net.core.somaxconn

uint32_t system_backlog() {
  const auto most = sys::read_number("/proc/sys/net/core/somaxconn");
  return most && *most > 0 && *most <= INT32_MAX ? static_cast<uint32_t>(*most)
                                                 : backlog_without_proc;
}

Text<80> thread_name(const sys::Address& address, size_t index) {
  Text<80> name;
  if (address.is_ip()) {
    name.append("zest-acceptor-%s-%u-%zu", address.format_ip().c_str(), address.port(), index);
  } else {
    name.append("zest-acceptor-unix-0-%zu", index);
  }
  return name;
}

}  // namespace

class Starter {
 public:
  Starter(Service& service, std::vector<ListenerConfig> configs, Settings& settings, Report& report)
      : service_(service), configs_(std::move(configs)), settings_(settings), report_(report) {}

  Result<void> run();

 private:
  Result<void> choose_defaults();
  Result<void> make_driven_shards();
  Result<Shard*> make_shard(bool driven);
  void start_listeners();
  void start_listener(size_t config_index);
  void start_socket(PlannedSocket& planned, size_t config_index, size_t index);
  Result<Shard*> shard_for(PlannedSocket& planned, size_t config_index, size_t index);
  Result<Shard*> start_worker(PlannedSocket& planned, size_t index);
  Placement placement(size_t index) const;
  void listen(PlannedListener& listener);
  void listen_one(PlannedSocket& planned, size_t index);
  void steer(PlannedListener& listener);
  Result<void> steer_group(const std::vector<PlannedSocket*>& group);
  void let_begin(PlannedListener& listener);
  Result<void> verdict() const;

  Service& service_;
  std::vector<ListenerConfig> configs_;
  Settings& settings_;
  Report& report_;
  std::vector<int> cpus_;
  // Of the listener that is being started, by index.
  std::vector<Shard*> shards_of_;
  std::vector<Worker*> workers_of_;  // nullptr where there is none
  std::shared_ptr<bpf::Steering> steering_;
};

Result<std::unique_ptr<Service>> Service::start(std::vector<ListenerConfig> configs,
                                                Settings settings, Report& report) {
  if (auto checked = check(configs, settings); !checked) return fail(checked.error());
  auto mark = sys::ForkMark::create();
  if (!mark) return fail(mark.error());
  const auto kind = settings.notify_pipe ? sys::Notifier::Kind::pipe : sys::Notifier::Kind::eventfd;
  auto notifier = sys::Notifier::open(kind);
  if (!notifier) return fail(notifier.error());
  std::unique_ptr<Service> service(new Service(settings, std::move(*mark), std::move(*notifier)));
  Starter starter(*service, std::move(configs), settings, report);
  if (auto started = starter.run(); !started) return fail(started.error());
  return service;
}

Result<void> Starter::run() {
  if (auto chosen = choose_defaults(); !chosen) return chosen;
  if (settings_.shards)
    if (auto made = make_driven_shards(); !made) return made;
  start_listeners();
  if (settings_.shards)
    for (const auto& shard : service_.shards_) shard->begin();
  service_.all_.shard_ended();  // the start itself
  return verdict();
}

Result<void> Starter::choose_defaults() {
  auto cpus = sys::allowed_cpus();
  if (!cpus) return fail(cpus.error());
  cpus_ = std::move(*cpus);
  if (settings_.threads_per_address == 0)
    settings_.threads_per_address = static_cast<uint32_t>(std::max<size_t>(cpus_.size(), 1));
  if (settings_.backlog == 0) settings_.backlog = system_backlog();
  return {};
}

Result<Shard*> Starter::make_shard(bool driven) {
  const auto kind =
      settings_.notify_pipe ? sys::Notifier::Kind::pipe : sys::Notifier::Kind::eventfd;
  auto notifier = sys::Notifier::open(kind);
  if (!notifier) return fail(notifier.error());
  const ShardOptions options{.index = service_.shard_count(),
                             .queue_capacity = settings_.queue_capacity,
                             .backend = settings_.backend,
                             .driven = driven};
  ServiceBell* bell = settings_.shards ? nullptr : &service_.all_;
  service_.shards_.push_back(
      std::make_unique<Shard>(options, service_.clock_, std::move(*notifier), bell));
  return service_.shards_.back().get();
}

// All or none: a host with a thread per shard has nothing to do for a shard that is missing.
Result<void> Starter::make_driven_shards() {
  for (uint32_t i = 0; i < settings_.threads_per_address; ++i) {
    auto shard = make_shard(true);
    if (!shard) return fail(shard.error());
    service_.drivers_.push_back(std::make_unique<Driver>(**shard));
    if (auto opened = (*shard)->open(); !opened) return fail(opened.error());
  }
  return {};
}

void Starter::start_listeners() {
  const FdReserve reserve = FdReserve::take();
  for (size_t i = 0; i < configs_.size(); ++i) start_listener(i);
}

void Starter::start_listener(size_t config_index) {
  PlannedListener listener = plan(configs_[config_index], settings_, settings_.threads_per_address);
  shards_of_.assign(listener.sockets.size(), nullptr);
  workers_of_.assign(listener.sockets.size(), nullptr);
  for (size_t i = 0; i < listener.sockets.size(); ++i)
    start_socket(listener.sockets[i], config_index, i);
  listen(listener);
  steer(listener);
  let_begin(listener);
  for (PlannedSocket& planned : listener.sockets) report_.rows.push_back(std::move(planned.row));
}

void Starter::start_socket(PlannedSocket& planned, size_t config_index, size_t index) {
  if (!planned.fd.valid()) return;
  planned.row.thread_name = thread_name(planned.row.address, index);
  auto shard = shard_for(planned, config_index, index);
  if (!shard) {
    planned.row.failed(shard.error());
    planned.fd.reset();
    return;
  }
  shards_of_[index] = *shard;
  planned.row.shard = (*shard)->index();
  if (io::Loop* loop = (*shard)->loop()) {
    planned.row.backend = loop->backend_kind();
    if (!loop->backend_note().empty()) planned.row.add_note(loop->backend_note().c_str());
  }
}

Result<Shard*> Starter::shard_for(PlannedSocket& planned, size_t config_index, size_t index) {
  if (settings_.shards) {
    // An address with one socket goes to one shard; several such spread over them.
    const bool alone = !planned.row.reuseport;
    const size_t shard = alone ? config_index % service_.shards_.size() : index;
    return service_.shards_[shard].get();
  }
  if (planned.row.protocol == net::Protocol::udp) return make_shard(false);
  return start_worker(planned, index);
}

Placement Starter::placement(size_t index) const {
  if (!settings_.pin_cpus || cpus_.empty()) return {};
  const int cpu = cpus_[index % cpus_.size()];
  return {.cpu = cpu, .node = sys::node_of_cpu(cpu)};
}

Result<Shard*> Starter::start_worker(PlannedSocket& planned, size_t index) {
  auto shard = make_shard(false);
  if (!shard) return shard;
  service_.workers_.push_back(
      std::make_unique<Worker>(**shard, planned.row.thread_name, placement(index)));
  auto started = service_.workers_.back()->start();
  if (!started) {
    (*shard)->finish();
    return fail(started.error());
  }
  workers_of_[index] = service_.workers_.back().get();
  planned.row.cpu = started->placement.cpu;
  planned.row.numa_node = started->placement.node;
  if (!started->note.empty()) planned.row.add_note(started->note.c_str());
  return shard;
}

void Starter::listen(PlannedListener& listener) {
  for (size_t i = 0; i < listener.sockets.size(); ++i) listen_one(listener.sockets[i], i);
}

void Starter::listen_one(PlannedSocket& planned, size_t index) {
  if (!planned.fd.valid() || planned.row.protocol == net::Protocol::udp) return;
  const auto listening = sys::listen(planned.fd.get(), static_cast<int>(settings_.backlog));
  if (!listening) {
    planned.row.failed(listening.error());
    planned.fd.reset();
    if (workers_of_[index]) workers_of_[index]->stop();
    return;
  }
  if (planned.row.protocol != net::Protocol::tcp) return;
  const auto queue = sys::accept_queue(planned.fd.get());
  if (queue) planned.row.backlog_effective = queue->most;
}

// A program that chooses among our sockets would take connections from those of others in the
// group.
void Starter::steer(PlannedListener& listener) {
  steering_.reset();
  std::vector<PlannedSocket*> group;
  for (PlannedSocket& planned : listener.sockets)
    if (planned.fd.valid() && planned.row.reuseport) group.push_back(&planned);
  if (settings_.steering == Steering::hash || group.size() < 2 ||
      group[0]->row.protocol != net::Protocol::tcp)
    return;
  Result<void> steered = steer_group(group);
  for (PlannedSocket* planned : group) {
    if (steered) {
      planned->row.steering = settings_.steering;
    } else {
      planned->row.add_note("steering by hash instead:");
      planned->row.note.append(" %s", steered.error().message.c_str());
    }
  }
  if (!steered) steering_.reset();
}

Result<void> Starter::steer_group(const std::vector<PlannedSocket*>& group) {
  if (group[0]->joined)
    return fail(Status::invalid_argument, "the port is shared with sockets of others");
  const auto count = static_cast<uint32_t>(group.size());
  if (settings_.steering == Steering::cpu) return net::steer_by_cpu(group[0]->fd.get(), count);
  auto steering = bpf::Steering::create(count);
  if (!steering) return fail(steering.error());
  steering_ = std::move(*steering);
  for (uint32_t i = 0; i < count; ++i)
    if (auto added = steering_->add(i, group[i]->fd.get()); !added) return added;
  return steering_->attach(group[0]->fd.get());
}

void Starter::let_begin(PlannedListener& listener) {
  uint32_t steering_index = 0;
  const auto group_size = static_cast<uint32_t>(listener.sockets.size());
  for (size_t i = 0; i < listener.sockets.size(); ++i) {
    PlannedSocket& planned = listener.sockets[i];
    if (!planned.fd.valid()) continue;
    Shard& shard = *shards_of_[i];
    const auto socket = static_cast<uint32_t>(service_.sockets_.size());
    service_.sockets_.push_back({.listener_id = planned.row.listener_id,
                                 .shard = shard.index(),
                                 .protocol = planned.row.protocol,
                                 .address = planned.row.address});
    if (planned.row.protocol == net::Protocol::udp) {
      shard.hand_out_socket(planned.fd.release(), socket);
      continue;
    }
    shard.add({.fd = std::move(planned.fd),
               .address = planned.row.address,
               .index = socket,
               .protocol = planned.row.protocol,
               .adopted = planned.adopted,
               .group_size = planned.row.reuseport ? group_size : 0,
               .path = std::move(planned.path),
               .steering = steering_,
               .steering_index = steering_index++});
    if (!settings_.shards) shard.begin();
  }
}

Result<void> Starter::verdict() const {
  for (const ReportRow& row : report_.rows)
    if (row.status == Status::ok) return {};
  const ReportRow& first = report_.rows.front();
  Error error{.status = first.status, .os_errno = first.os_errno};
  error.message.append("%s", first.note.c_str());
  return fail(error);
}

}  // namespace zest::acceptor
