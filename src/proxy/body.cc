#include "proxy/body.h"

#include <algorithm>
#include <new>

namespace zest::proxy {
namespace {

iovec piece_of(std::string_view text) {
  return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
}

}  // namespace

BodyReader::Step BodyReader::read(const io::BufferQueue& arrived, std::span<iovec> pieces) {
  if (done_ || refused_) return {};
  if (kind_ == http::BodyKind::chunked) return read_chunks(arrived, pieces);
  const bool counted = kind_ == http::BodyKind::length;
  const uint64_t most = counted ? left_ : UINT64_MAX;
  Step step;
  step.pieces = arrived.gather(pieces, most);
  for (const iovec& piece : pieces.first(step.pieces)) step.bytes += piece.iov_len;
  step.consumed = step.bytes;
  if (counted) {
    left_ -= step.bytes;
    done_ = left_ == 0;
  }
  return step;
}

BodyReader::Step BodyReader::read_chunks(const io::BufferQueue& arrived, std::span<iovec> pieces) {
  std::array<iovec, 16> raw;
  const size_t count = arrived.gather(raw, SIZE_MAX);
  Step step;
  for (const iovec& piece : std::span(raw).first(count))
    if (!feed({static_cast<const char*>(piece.iov_base), piece.iov_len}, pieces, step)) break;
  return step;
}

// False: the body ends here, or there is no room for more pieces.
bool BodyReader::feed(std::string_view bytes, std::span<iovec> pieces, Step& step) {
  using State = http::ChunkedDecoder::State;
  while (!bytes.empty()) {
    if (step.pieces == pieces.size()) return false;
    http::ChunkedDecoder::Step next = chunks_.feed(bytes);
    if (next.state == State::trailers) next.consumed += feed_trailers(bytes.substr(next.consumed));
    bytes.remove_prefix(next.consumed);
    step.consumed += next.consumed;
    if (!next.data.empty()) {
      pieces[step.pieces++] = piece_of(next.data);
      step.bytes += next.data.size();
    }
    done_ |= next.state == State::done;
    refused_ |= next.state == State::refused;
    if (done_ || refused_) return false;
  }
  return true;
}

size_t BodyReader::feed_trailers(std::string_view bytes) {
  if (!trailers_ && bytes.starts_with("\r\n")) {
    done_ = true;
    return 2;
  }
  if (bytes.empty()) return 0;
  if (!trailers_) trailers_.reset(new (std::nothrow) Trailers(withheld_));
  if (!trailers_) {
    refused_ = true;
    return 0;
  }
  const size_t consumed = trailers_->feed(bytes);
  done_ = trailers_->state() == http::Parse::complete && trailers_->write_end();
  refused_ = !done_ && trailers_->state() != http::Parse::incomplete;
  return consumed;
}

const char* BodyReader::why() const {
  return trailers_ ? trailers_->refusal().why : chunks_.refusal().why;
}

std::span<iovec> BodyWriter::frame(std::span<iovec> pieces, size_t count, size_t bytes,
                                   std::string_view end) {
  if (!chunked_) return pieces.subspan(1, count);
  size_t first = 1;
  size_t behind = count + 1;
  if (bytes > 0) {
    const size_t size = http::write_chunk_head(head_.data(), bytes);
    pieces[first = 0] = piece_of({head_.data(), size});
    pieces[behind++] = piece_of({line_end_.data(), line_end_.size()});
  }
  if (!end.empty()) pieces[behind++] = piece_of(end);
  return pieces.subspan(first, behind - first);
}

}  // namespace zest::proxy
