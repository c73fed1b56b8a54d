// A block at a time; comparisons give the masks as they are.
#if defined(__x86_64__)
#include <immintrin.h>

#include <numeric>

#include "http/scan_kernels.h"
#include "http/scan_lines.h"
#include "http/scan_nibbles.h"

#define ZEST_TARGET \
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi,bmi2,popcnt,lzcnt")]]

namespace zest::http {
namespace {

alignas(64) constexpr std::array<char, 64> numbers = [] {
  std::array<char, 64> all{};
  std::iota(all.begin(), all.end(), char{0});
  return all;
}();

struct Avx512 {
  ZEST_TARGET static __m512i load_four_times(const std::array<char, 16>& table) {
    return _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(table.data())));
  }

  ZEST_TARGET static uint64_t control_of(__m512i text) {
    const __mmask64 low = _mm512_cmplt_epu8_mask(text, _mm512_set1_epi8(0x20));
    const __mmask64 low_but_tab = _mm512_mask_cmpneq_epu8_mask(low, text, _mm512_set1_epi8('\t'));
    return low_but_tab | _mm512_cmpeq_epu8_mask(text, _mm512_set1_epi8(0x7f));
  }

  // A look-up by a byte with its highest bit set gives zero: no token.
  ZEST_TARGET static uint64_t token_of(__m512i text) {
    const __m512i high = _mm512_and_si512(_mm512_srli_epi16(text, 4), _mm512_set1_epi8(15));
    const __m512i column = _mm512_shuffle_epi8(load_four_times(token_nibbles.column), text);
    const __m512i row = _mm512_shuffle_epi8(load_four_times(token_nibbles.row), high);
    return _mm512_test_epi8_mask(column, row);
  }

  ZEST_TARGET static uint64_t control(const char* block) {
    return control_of(_mm512_loadu_si512(block));
  }

  ZEST_TARGET static uint64_t token(const char* block) {
    return token_of(_mm512_loadu_si512(block));
  }

  ZEST_TARGET static BlockEnd end(const char* bytes, uint32_t size, uint32_t left) {
    const __mmask64 valid = ~0ULL >> (block_size - left);
    const __m512i text = _mm512_maskz_loadu_epi8(valid, bytes + size - left);
    return {.control = control_of(text), .token = token_of(text)};
  }

  // Eight at a time: the numbers from 0 to 63 whose bits are set move together.
  ZEST_TARGET static void put(uint64_t events, uint32_t at, uint32_t* out) {
    const __m256i base = _mm256_set1_epi32(static_cast<int>(at));
    __m512i places = _mm512_maskz_compress_epi8(events, _mm512_load_si512(numbers.data()));
    for (int left = std::popcount(events);; out += 8) {
      const __m256i wide = _mm256_cvtepu8_epi32(_mm512_castsi512_si128(places));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_add_epi32(base, wide));
      left -= 8;
      if (left <= 0) return;
      places = _mm512_alignr_epi64(places, places, 1);
    }
  }
};

ZEST_TARGET void find_lines(const char* bytes, uint32_t size, Cursor& cursor, Lines& lines) {
  LineFinder<Avx512>::find(bytes, size, cursor, lines);
}

}  // namespace

const Scan scan_avx512{"avx512", find_lines, Avx512::control, Avx512::token};

}  // namespace zest::http
#endif
