// 32 bytes at a time.
#if defined(__x86_64__)
#include <immintrin.h>

#include "http/scan_kernels.h"
#include "http/scan_lines.h"
#include "http/scan_nibbles.h"

#define ZEST_TARGET [[gnu::target("avx2,bmi,bmi2,popcnt,lzcnt")]]

namespace zest::http {
namespace {

struct Avx2 {
  ZEST_TARGET static __m256i load(const char* bytes) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
  }

  ZEST_TARGET static __m256i load_twice(const std::array<char, 16>& table) {
    return _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(table.data())));
  }

  ZEST_TARGET static uint64_t bits(__m256i bytes) {
    return static_cast<uint32_t>(_mm256_movemask_epi8(bytes));
  }

  ZEST_TARGET static uint64_t control_half(const char* bytes) {
    const __m256i text = load(bytes);
    const __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(text, _mm256_set1_epi8(0x1f)), text);
    const __m256i tab = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('\t'));
    const __m256i del = _mm256_cmpeq_epi8(text, _mm256_set1_epi8(0x7f));
    return bits(_mm256_or_si256(_mm256_andnot_si256(tab, low), del));
  }

  // A look-up by a byte with its highest bit set gives zero: no token.
  ZEST_TARGET static uint64_t other_half(const char* bytes) {
    const __m256i text = load(bytes);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(text, 4), _mm256_set1_epi8(15));
    const __m256i column = _mm256_shuffle_epi8(load_twice(token_nibbles.column), text);
    const __m256i row = _mm256_shuffle_epi8(load_twice(token_nibbles.row), high);
    return bits(_mm256_cmpeq_epi8(_mm256_and_si256(column, row), _mm256_setzero_si256()));
  }

  ZEST_TARGET static uint64_t control(const char* block) {
    return control_half(block) | control_half(block + 32) << 32;
  }

  ZEST_TARGET static uint64_t token(const char* block) {
    return ~(other_half(block) | other_half(block + 32) << 32);
  }

  ZEST_TARGET static BlockEnd end(const char* bytes, uint32_t size, uint32_t left) {
    return whole_end<Avx2>(bytes, size, left);
  }

  ZEST_TARGET static void put(uint64_t events, uint32_t at, uint32_t* out) {
    put_places(events, at, out);
  }
};

ZEST_TARGET void find_lines(const char* bytes, uint32_t size, Cursor& cursor, Lines& lines) {
  LineFinder<Avx2>::find(bytes, size, cursor, lines);
}

}  // namespace

const Scan scan_avx2{"avx2", find_lines, Avx2::control, Avx2::token};

}  // namespace zest::http
#endif
