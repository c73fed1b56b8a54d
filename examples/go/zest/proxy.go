package zest

// #include <stdlib.h>
// #include <zest/proxy.h>
import "C"

import (
	"time"
	"unsafe"
)

// Proxy is a whole reverse proxy inside this process. Any goroutine; Close last.
type Proxy struct{ handle *C.zest_proxy }

// StartProxy takes text in zproxy's language. What is wrong with it is in the error, with its place.
func StartProxy(text string) (*Proxy, error) {
	config := (*C.zest_proxy_config)(C.calloc(1, C.size_t(unsafe.Sizeof(C.zest_proxy_config{}))))
	defer C.free(unsafe.Pointer(config))
	config.struct_size = C.uint32_t(unsafe.Sizeof(*config))
	config.text = C.CString(text)
	defer C.free(unsafe.Pointer(config.text))
	config.text_size = C.size_t(len(text))
	proxy := &Proxy{}
	var said C.zest_error
	if err := check(C.zest_proxy_start(config, &proxy.handle, nil, &said), &said); err != nil {
		return nil, err
	}
	return proxy, nil
}

// Serve takes the fd, also when it fails.
func (p *Proxy) Serve(fd int, id uint64) error {
	var said C.zest_error
	return check(C.zest_proxy_serve(p.handle, C.int32_t(fd), C.uint64_t(id), &said), &said)
}

// Drain lets requests come to their end. Whether nothing had to be cut.
func (p *Proxy) Drain(patience time.Duration) (bool, error) {
	var receipt C.zest_proxy_receipt
	receipt.struct_size = C.uint32_t(unsafe.Sizeof(receipt))
	status := C.zest_proxy_drain(p.handle, C.int32_t(patience.Milliseconds()), &receipt)
	if status == C.ZEST_TIMED_OUT {
		return false, nil
	}
	return receipt.complete == 1, check(status, nil)
}

// Answers counts them by status class: [2] is 2xx.
func (p *Proxy) Answers() ([6]uint64, error) {
	var stats C.zest_proxy_stats
	stats.struct_size = C.uint32_t(unsafe.Sizeof(stats))
	err := check(C.zest_proxy_stats_get(p.handle, &stats), nil)
	var answers [6]uint64
	for i, count := range stats.answers {
		answers[i] = uint64(count)
	}
	return answers, err
}

// Close cuts what is left. The last call.
func (p *Proxy) Close() error { return check(C.zest_proxy_free(&p.handle), nil) }
