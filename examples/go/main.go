// host ECHO_ADDRESS WEB_ADDRESS ORIGIN: a host of zest in Go, by cgo.
//
// What zest accepts at the first address (listener 1) is echoed by a goroutine each; what it accepts
// at the second (listener 2) is handed to a proxy inside this process, which asks the origin. SIGTERM
// or SIGINT: nothing new is accepted, what was accepted is served, and the counts are printed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"zest/examples/go/zest"
)

const (
	echoID   = 1
	webID    = 2
	patience = 5 * time.Second
)

type host struct {
	service *zest.Service
	proxy   *zest.Proxy
	served  map[uint64]int // of take's goroutine, until closed
	closed  chan struct{}
	talking sync.WaitGroup
}

func start(echoAddress, webAddress, origin string) (*host, error) {
	proxy, err := zest.StartProxy(fmt.Sprintf("workers = 1\n[[listener]]\nid = %d\n"+
		"[upstream.origin]\naddrs = [%q]\n[[route]]\nupstream = \"origin\"\n", webID, origin))
	if err != nil {
		return nil, err
	}
	service, err := zest.Listen(map[uint64]string{echoID: echoAddress, webID: webAddress})
	if err != nil {
		_ = proxy.Close() // which has nothing to say beside it
		return nil, err
	}
	return &host{service: service, proxy: proxy, served: map[uint64]int{echoID: 0, webID: 0},
		closed: make(chan struct{})}, nil
}

func (h *host) take() {
	defer close(h.closed)
	for batch := []zest.Accepted(nil); ; {
		var err error
		if batch, err = h.service.Next(batch[:0]); err != nil {
			return
		}
		for _, one := range batch {
			if err := h.serve(one); err != nil {
				fmt.Fprintf(os.Stderr, "host: listener %d: %v\n", one.ID, err)
			}
		}
	}
}

func (h *host) serve(one zest.Accepted) error {
	if one.Err != nil {
		return one.Err
	}
	h.served[one.ID]++
	if one.ID == webID {
		return h.proxy.Serve(one.FD, webID)
	}
	conn, err := one.Conn()
	if err != nil {
		return err
	}
	h.talking.Add(1)
	go func() {
		defer h.talking.Done()
		defer conn.Close()
		_, _ = io.Copy(conn, conn) // a peer that has gone is its own affair
	}()
	return nil
}

// stop, in order: no new connections, all that had begun are taken, served and only then freed.
func (h *host) stop() (map[string]any, error) {
	receipt, err := h.service.Shutdown(patience)
	if err != nil {
		return nil, err
	}
	<-h.closed
	talked := make(chan struct{})
	go func() { h.talking.Wait(); close(talked) }()
	select {
	case <-talked:
	case <-time.After(patience):
	}
	drained, err := h.proxy.Drain(patience)
	if err != nil {
		return nil, err
	}
	answers, err := h.proxy.Answers()
	if err != nil {
		return nil, err
	}
	if err := h.service.Close(); err != nil {
		return nil, err
	}
	return map[string]any{"served": h.served, "accepted": receipt.Accepted, "complete": number(receipt.Complete),
		"proxied": answers[2], "drained": number(drained)}, h.proxy.Close()
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func run(arguments []string) error {
	if len(arguments) != 3 {
		return errors.New("host ECHO_ADDRESS WEB_ADDRESS ORIGIN")
	}
	stopping := make(chan os.Signal, 1)
	signal.Notify(stopping, syscall.SIGTERM, syscall.SIGINT)
	host, err := start(arguments[0], arguments[1], arguments[2])
	if err != nil {
		return err
	}
	listening := map[uint64]string{}
	for _, row := range host.service.Rows {
		if row.Err == nil {
			listening[row.ID] = row.Address
		} else {
			fmt.Fprintf(os.Stderr, "host: listener %d: %v: %s\n", row.ID, row.Err, row.Note)
		}
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]any{"listening": listening}); err != nil {
		return err
	}
	go host.take()
	<-stopping
	told, err := host.stop()
	if err != nil {
		return err
	}
	return out.Encode(told)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(1)
	}
}
