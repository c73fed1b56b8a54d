// accept_go --port N --variant own|zest: accepts, says one byte, and closes: by net.Listener, or by
// zest as examples/go does.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"

	"zest/examples/go/zest"
)

// The peer may have gone: no matter.
func serve(conn net.Conn) {
	_, _ = conn.Write([]byte("x"))
	conn.Close()
}

func own(address string) error {
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		return err
	}
	fmt.Println(`{"ready": true}`)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go serve(conn)
	}
}

func byZest(address string) error {
	service, err := zest.Listen(map[uint64]string{1: address})
	if err != nil {
		return err
	}
	fmt.Println(`{"ready": true}`)
	var batch []zest.Accepted
	for {
		if batch, err = service.Next(batch[:0]); err != nil {
			return err
		}
		for _, one := range batch {
			conn, err := one.Conn()
			if err != nil {
				return err
			}
			go serve(conn)
		}
	}
}

func main() {
	port := flag.Int("port", 9000, "to listen on")
	variant := flag.String("variant", "own", "own or zest")
	flag.Parse()
	address := fmt.Sprintf("127.0.0.1:%d", *port)
	if *variant == "zest" {
		log.Fatal(byZest(address))
	}
	log.Fatal(own(address))
}
