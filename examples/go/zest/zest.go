// Package zest accepts connections by libzest, and hands them to net.Conn or to a proxy inside the
// process (libzest-proxy), by cgo. Build with
//
//	CGO_CFLAGS="$(pkg-config --cflags zest-proxy)" CGO_LDFLAGS="$(pkg-config --libs zest-proxy)" go build
package zest

// #include <stdlib.h>
// #include <zest/acceptor.h>
import "C"

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
	"unsafe"
)

// ErrClosed is what Next answers once the service is shut down and everything was taken.
var ErrClosed = errors.New("zest: closed")

// Error is a status that is no everyday answer, with what zest says about it.
type Error struct {
	Status  int
	Message string
}

func (e *Error) Error() string {
	name := C.GoString(C.zest_status_string(C.zest_status(e.Status)))
	if e.Message == "" {
		return name
	}
	return name + ": " + e.Message
}

func check(status C.zest_status, said *C.zest_error) error {
	if status == C.ZEST_OK {
		return nil
	}
	failure := &Error{Status: int(status)}
	if said != nil {
		failure.Message = C.GoString(&said.message[0])
	}
	return failure
}

// Row says where one listening socket came up, or why it did not.
type Row struct {
	ID      uint64
	Address string
	Note    string
	Err     error
}

// Accepted is a connection whose fd is the receiver's, or, with Err set, a listener that has failed.
type Accepted struct {
	FD  int
	ID  uint64
	Err error
}

// Conn makes it Go's: the runtime's poller waits for it from now on.
func (a Accepted) Conn() (net.Conn, error) {
	file := os.NewFile(uintptr(a.FD), "zest")
	defer file.Close() // FileConn has a copy
	return net.FileConn(file)
}

// Receipt is what a shutdown did.
type Receipt struct {
	Complete bool
	Accepted uint64
}

// Service is the listeners of one Listen. Its methods may be called from any goroutine, Close last.
type Service struct {
	handle *C.zest_service
	Rows   []Row
}

// Listen begins to accept at the addresses, by the ids that come back with each connection. One
// thread each: Go's scheduler spreads what is behind.
func Listen(addresses map[uint64]string) (*Service, error) {
	size := C.size_t(unsafe.Sizeof(C.zest_listener_config{}))
	// C's memory, since it holds pointers and cgo lets C see no Go pointer that leads to another.
	configs := (*C.zest_listener_config)(C.calloc(C.size_t(len(addresses)+1), size))
	defer C.free(unsafe.Pointer(configs))
	array := unsafe.Slice(configs, len(addresses))
	i := 0
	for id, address := range addresses {
		array[i].struct_size = C.uint32_t(size)
		array[i].listener_id = C.uint64_t(id)
		array[i].address = C.CString(address)
		defer C.free(unsafe.Pointer(array[i].address))
		i++
	}
	var settings C.zest_settings
	settings.struct_size = C.uint32_t(unsafe.Sizeof(settings))
	settings.threads_per_address = 1
	service := &Service{}
	var report *C.zest_report
	defer C.zest_report_free(&report)
	var said C.zest_error
	status := C.zest_listen(configs, C.size_t(len(addresses)), &settings, &service.handle, &report, &said)
	if err := check(status, &said); err != nil {
		return nil, err
	}
	service.Rows = rowsOf(report)
	return service, nil
}

func rowsOf(report *C.zest_report) []Row {
	var count C.size_t
	C.zest_report_count(report, &count)
	rows := make([]Row, 0, int(count))
	for i := C.size_t(0); i < count; i++ {
		var row C.zest_report_row
		row.struct_size = C.uint32_t(unsafe.Sizeof(row))
		if C.zest_report_row_get(report, i, &row) != C.ZEST_OK {
			continue
		}
		var text [128]C.char
		C.zest_address_format(&row.address, &text[0], C.size_t(len(text)))
		rows = append(rows, Row{ID: uint64(row.listener_id), Address: C.GoString(&text[0]),
			Note: C.GoString(&row.note[0]), Err: check(row.status, nil)})
	}
	return rows
}

// Next waits for a batch of connections; it blocks a thread, so one goroutine for it is right.
func (s *Service) Next(into []Accepted) ([]Accepted, error) {
	var batch [64]C.zest_connection
	var count C.size_t
	batch[0].struct_size = C.uint32_t(unsafe.Sizeof(batch[0])) // the stride
	status := C.zest_next_batch(s.handle, &batch[0], C.size_t(len(batch)), &count, -1)
	switch status {
	case C.ZEST_CLOSED:
		return into, ErrClosed
	case C.ZEST_LISTENER_FAILED:
		why := fmt.Errorf("errno %d", int(batch[0].os_errno))
		return append(into, Accepted{FD: -1, ID: uint64(batch[0].listener_id), Err: why}), nil
	case C.ZEST_OK:
		for _, one := range batch[:count] {
			into = append(into, Accepted{FD: int(one.fd), ID: uint64(one.listener_id)})
		}
		return into, nil
	}
	return into, check(status, nil)
}

// Shutdown accepts what the kernel has queued, and then closes the listeners. Next goes on until
// ErrClosed, and must be called while this waits.
func (s *Service) Shutdown(patience time.Duration) (Receipt, error) {
	var receipt C.zest_receipt
	receipt.struct_size = C.uint32_t(unsafe.Sizeof(receipt))
	status := C.zest_shutdown(s.handle, C.int32_t(patience.Milliseconds()), &receipt)
	if status != C.ZEST_TIMED_OUT {
		if err := check(status, nil); err != nil {
			return Receipt{}, err
		}
	}
	return Receipt{Complete: receipt.complete == 1, Accepted: uint64(receipt.accepted)}, nil
}

// Close ends what is left. The last call.
func (s *Service) Close() error { return check(C.zest_service_free(&s.handle), nil) }
