#include "support/case_names.h"

#include <doctest/doctest.h>

namespace zest::test {
namespace {

std::vector<std::string>& found() {
  static std::vector<std::string> names;
  return names;
}

struct Names final : doctest::IReporter {
  explicit Names(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData& query) override {
    for (unsigned i = 0; i < query.num_data; ++i) found().push_back(query.data[i]->m_name);
  }
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_REPORTER("names", 0, Names);

}  // namespace

std::vector<std::string> case_names(const char* filter, const char* suite_left_out) {
  found().clear();
  doctest::Context list;
  list.addFilter("test-case", filter);
  list.addFilter("test-suite-exclude", suite_left_out);
  const char* const flag = "--list-test-cases";  // which setOption() does not know
  list.applyCommandLine(1, &flag);
  list.setOption("reporters", "names");
  list.run();
  return found();
}

std::string filter_for(const std::string& name) {
  std::string filter;
  for (const char c : name) filter += (c == ',' || c == '*' || c == '\\') ? '?' : c;
  return filter;
}

}  // namespace zest::test
