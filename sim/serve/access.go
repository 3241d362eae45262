package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An access is what a client needs, and what is asked of it. Its key is kept
// in memory alone.
type access struct {
	port        int
	token       string
	certificate tls.Certificate
	pem         []byte // the certificate, which signs itself
}

const (
	tokenBytes      = 32 // 256 bits
	certificateLife = 365 * 24 * time.Hour
	clockSlack      = time.Hour
)

func newAccess(port int, now time.Time) (access, error) {
	secret := make([]byte, tokenBytes)
	if _, err := rand.Read(secret); err != nil {
		return access{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return access{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return access{}, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "gieok serve"},
		NotBefore: now.Add(-clockSlack), NotAfter: now.Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return access{}, err
	}
	return access{
		port: port, token: base64.RawURLEncoding.EncodeToString(secret),
		certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem:         pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	}, nil
}

func (a access) url() string { return "https://127.0.0.1:" + strconv.Itoa(a.port) }

func (a access) tls() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{a.certificate}}
}

// guard lets through who calls the server by its own name and has the token.
func (a access) guard(next http.Handler) http.Handler {
	hosts := []string{fmt.Sprintf("127.0.0.1:%d", a.port), fmt.Sprintf("[::1]:%d", a.port), fmt.Sprintf("localhost:%d", a.port)}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case !slices.Contains(hosts, strings.ToLower(req.Host)):
			// A page of the web may send a browser here under a name of its own.
			(&refusal{code: http.StatusMisdirectedRequest, reason: "Forbidden", message: "this server answers to loopback addresses only"}).write(w)
		case !a.knows(req.Header.Get("Authorization")):
			w.Header().Set("WWW-Authenticate", "Bearer")
			(&refusal{code: http.StatusUnauthorized, reason: "Unauthorized", message: "Unauthorized"}).write(w)
		default:
			next.ServeHTTP(w, req)
		}
	})
}

func (a access) knows(authorization string) bool {
	scheme, token, _ := strings.Cut(authorization, " ")
	// Hashes are of one length, so that the comparison tells nothing.
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(a.token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// portTriesMax bounds the search for a port that is free on both addresses.
const portTriesMax = 20

// listenLoopback listens at a random port of 127.0.0.1 and, where the host has
// it, the same of ::1.
func listenLoopback() ([]net.Listener, int, error) {
	for range portTriesMax {
		four, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, 0, err
		}
		port := four.Addr().(*net.TCPAddr).Port
		six, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port))
		if err == nil {
			return []net.Listener{four, six}, port, nil
		}
		if probe, err := net.Listen("tcp6", "[::1]:0"); err != nil {
			return []net.Listener{four}, port, nil // no IPv6 here
		} else if err := errors.Join(probe.Close(), four.Close()); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, errors.New("no port is free on both 127.0.0.1 and ::1")
}

func closeAll(all []net.Listener) error {
	var errs []error
	for _, l := range all {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// A bounded listener hangs up on connections for which there is no room.
type bounded struct {
	net.Listener
	room chan struct{} // one element a connection
}

func (b bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case b.room <- struct{}{}:
			return &counted{Conn: c, room: b.room}, nil
		default:
			_ = c.Close() // no more than told so
		}
	}
}

// quiet drops what net/http says of connections: clients that hang up and
// handshakes that fail are theirs to tell.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
