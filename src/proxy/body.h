// A body on its way through: how much of what has arrived belongs to it, and how it is framed again
// for the other side.
#pragma once

#include <sys/uio.h>

#include <array>
#include <memory>
#include <span>

#include "http/chunked.h"
#include "http/framing.h"
#include "io/buffer_queue.h"
#include "proxy/trailers.h"

namespace zest::proxy {

class BodyReader {
 public:
  BodyReader() = default;
  // withheld: the names of fields that are dropped from trailers; outlives this.
  explicit BodyReader(const http::Framing& framing, std::span<const std::string> withheld = {})
      : kind_(framing.kind),
        left_(framing.length),
        done_(framing.kind == http::BodyKind::none),
        withheld_(withheld) {
    if (kind_ == http::BodyKind::length && left_ == 0) done_ = true;
  }

  struct Step {
    size_t pieces = 0;    // of the body, where they arrived
    size_t bytes = 0;     // in them
    size_t consumed = 0;  // of the queue, when the pieces have been sent
  };
  // The next part of the body, out of what has arrived. Nothing more comes of the same bytes.
  Step read(const io::BufferQueue& arrived, std::span<iovec> pieces);

  bool done() const { return done_; }
  bool refused() const { return refused_; }
  const char* why() const;
  // What ends a chunked body: with the trailers that came, if there were any.
  std::string_view end_of_chunks() const { return trailers_ ? trailers_->end() : http::last_chunk; }
  http::BodyKind kind() const { return kind_; }
  // The sender has ended: is that the end of the body?
  bool ends_with_connection() const { return kind_ == http::BodyKind::until_close; }
  void end() { done_ = true; }

 private:
  Step read_chunks(const io::BufferQueue& arrived, std::span<iovec> pieces);
  bool feed(std::string_view bytes, std::span<iovec> pieces, Step& step);
  size_t feed_trailers(std::string_view bytes);

  http::BodyKind kind_ = http::BodyKind::none;
  uint64_t left_ = 0;
  bool done_ = true;
  bool refused_ = false;
  http::ChunkedDecoder chunks_{http::Trailers::keep};
  std::span<const std::string> withheld_;
  std::unique_ptr<Trailers> trailers_;  // once there are any
};

// Frames what is sent, as it is or as chunks: one chunk per send.
class BodyWriter {
 public:
  explicit BodyWriter(bool chunked = false) : chunked_(chunked) {}
  bool chunked() const { return chunked_; }

  // pieces[1] to pieces[count] hold the body's part, pieces[0] and one behind them are for the
  // framing. Returns those to be sent. `end`: what ends the body, with its last part.
  std::span<iovec> frame(std::span<iovec> pieces, size_t count, size_t bytes, std::string_view end);

 private:
  bool chunked_;
  std::array<char, http::chunk_head_size_max> head_;
  std::array<char, 2> line_end_ = {'\r', '\n'};
};

}  // namespace zest::proxy
