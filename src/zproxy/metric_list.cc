#include "zproxy/metric_list.h"

#include <prometheus/text_serializer.h>

namespace zest::zproxy {

using prometheus::ClientMetric;
using prometheus::MetricType;

ClientMetric& MetricList::add(const char* name, const char* help, MetricType type) {
  prometheus::MetricFamily& family = families_.emplace_back();
  family.name = name;
  family.help = help;
  family.type = type;
  return family.metric.emplace_back();
}

void MetricList::counter(const char* name, const char* help, double value) {
  add(name, help, MetricType::Counter).counter.value = value;
}

void MetricList::gauge(const char* name, const char* help, double value) {
  add(name, help, MetricType::Gauge).gauge.value = value;
}

void MetricList::info(const char* name, const char* help, const char* label, const char* value) {
  ClientMetric& metric = add(name, help, MetricType::Gauge);
  metric.label = {{label, value}};
  metric.gauge.value = 1;
}

void MetricList::family(const char* name, const char* help, const char* label) {
  add(name, help, MetricType::Counter);
  families_.back().metric.clear();
  label_ = label;
}

void MetricList::gauges(const char* name, const char* help, const char* label) {
  family(name, help, label);
  families_.back().type = MetricType::Gauge;
}

void MetricList::of(std::string value, double number) {
  prometheus::MetricFamily& family = families_.back();
  ClientMetric& metric = family.metric.emplace_back();
  metric.label = {{label_, std::move(value)}};
  (family.type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) = number;
}

void MetricList::histogram(const char* name, const char* help, const std::vector<Bucket>& buckets,
                           double sum) {
  ClientMetric::Histogram& histogram = add(name, help, MetricType::Histogram).histogram;
  uint64_t count = 0;
  for (const Bucket& bucket : buckets) {
    count += bucket.count;
    ClientMetric::Bucket cumulative;
    cumulative.cumulative_count = count;
    cumulative.upper_bound = bucket.bound;
    histogram.bucket.push_back(cumulative);
  }
  histogram.sample_count = count;
  histogram.sample_sum = sum;
}

std::string MetricList::text() const { return prometheus::TextSerializer().Serialize(families_); }

}  // namespace zest::zproxy
