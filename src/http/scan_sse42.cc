// 16 bytes at a time.
#if defined(__x86_64__)
#include <immintrin.h>

#include "http/scan_kernels.h"
#include "http/scan_lines.h"
#include "http/scan_nibbles.h"

#define ZEST_TARGET [[gnu::target("sse4.2,popcnt")]]

namespace zest::http {
namespace {

struct Sse42 {
  ZEST_TARGET static __m128i load(const char* bytes) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  }

  ZEST_TARGET static uint64_t bits(__m128i bytes) {
    return static_cast<uint32_t>(_mm_movemask_epi8(bytes));
  }

  ZEST_TARGET static uint64_t control_quarter(const char* bytes) {
    const __m128i text = load(bytes);
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1f)), text);
    const __m128i tab = _mm_cmpeq_epi8(text, _mm_set1_epi8('\t'));
    const __m128i del = _mm_cmpeq_epi8(text, _mm_set1_epi8(0x7f));
    return bits(_mm_or_si128(_mm_andnot_si128(tab, low), del));
  }

  // A look-up by a byte with its highest bit set gives zero: no token.
  ZEST_TARGET static uint64_t other_quarter(const char* bytes) {
    const __m128i text = load(bytes);
    const __m128i high = _mm_and_si128(_mm_srli_epi16(text, 4), _mm_set1_epi8(15));
    const __m128i column = _mm_shuffle_epi8(load(token_nibbles.column.data()), text);
    const __m128i row = _mm_shuffle_epi8(load(token_nibbles.row.data()), high);
    return bits(_mm_cmpeq_epi8(_mm_and_si128(column, row), _mm_setzero_si128()));
  }

  ZEST_TARGET static uint64_t control(const char* block) {
    return control_quarter(block) | control_quarter(block + 16) << 16 |
           control_quarter(block + 32) << 32 | control_quarter(block + 48) << 48;
  }

  ZEST_TARGET static uint64_t token(const char* block) {
    return ~(other_quarter(block) | other_quarter(block + 16) << 16 |
             other_quarter(block + 32) << 32 | other_quarter(block + 48) << 48);
  }

  ZEST_TARGET static BlockEnd end(const char* bytes, uint32_t size, uint32_t left) {
    return whole_end<Sse42>(bytes, size, left);
  }

  ZEST_TARGET static void put(uint64_t events, uint32_t at, uint32_t* out) {
    put_places(events, at, out);
  }
};

ZEST_TARGET void find_lines(const char* bytes, uint32_t size, Cursor& cursor, Lines& lines) {
  LineFinder<Sse42>::find(bytes, size, cursor, lines);
}

}  // namespace

const Scan scan_sse42{"sse42", find_lines, Sse42::control, Sse42::token};

}  // namespace zest::http
#endif
