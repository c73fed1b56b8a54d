// Metric families with few words.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace zest::zproxy {

class MetricList {
 public:
  void counter(const char* name, const char* help, double value);
  void gauge(const char* name, const char* help, double value);

  // A fact in words: always 1.
  void info(const char* name, const char* help, const char* label, const char* value);

  // One counter (or gauge) for each of several values of a label: family() (or gauges()), then of()
  // for each.
  void family(const char* name, const char* help, const char* label);
  void gauges(const char* name, const char* help, const char* label);
  void of(std::string value, double number);

  // `buckets` are not cumulative yet; the last one has no bound.
  struct Bucket {
    double bound;
    uint64_t count;
  };
  void histogram(const char* name, const char* help, const std::vector<Bucket>& buckets,
                 double sum);

  std::string text() const;

 private:
  prometheus::ClientMetric& add(const char* name, const char* help, prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
  const char* label_ = "";
};

}  // namespace zest::zproxy
