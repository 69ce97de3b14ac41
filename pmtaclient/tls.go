package pmtaclient

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// TLSOptions say which certificate is PowerMTA's. It makes its own at
// installation (webmon.pem), so that no public authority vouches for it:
// pinning the fingerprint is the recommended way.
type TLSOptions struct {
	// CAFile is a PEM file with the authorities to trust instead of the
	// system's; a self-signed certificate is its own authority.
	CAFile string
	// PinSHA256 is the SHA-256 fingerprint of the server's certificate in
	// hexadecimal, with or without colons. With a pin and no CA file, names,
	// dates and issuers do not matter.
	PinSHA256 string
	// ServerName replaces the URI's host in the check of names.
	ServerName string
	// InsecureSkipVerify accepts any certificate.
	InsecureSkipVerify bool
}

func (o TLSOptions) validate(scheme string) error {
	if scheme == "http" && o != (TLSOptions{}) {
		return errors.New("--pmta.tls options have no effect on an http:// URI: give an https:// one")
	}
	if _, err := o.pin(); err != nil {
		return err
	}
	if o.InsecureSkipVerify && (o.CAFile != "" || o.PinSHA256 != "") {
		return errors.New("--pmta.tls.insecure-skip-verify contradicts a CA file or a pin: choose one")
	}
	return nil
}

// pin decodes the fingerprint; nil when none is configured.
func (o TLSOptions) pin() ([]byte, error) {
	if o.PinSHA256 == "" {
		return nil, nil
	}
	pin, err := hex.DecodeString(strings.ReplaceAll(o.PinSHA256, ":", ""))
	if err != nil || len(pin) != sha256.Size {
		return nil, errors.New("--pmta.tls.pin-sha256 is no SHA-256 fingerprint: give 64 hexadecimal digits, as a refusal prints them")
	}
	return pin, nil
}

func (o TLSOptions) config() (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         o.ServerName,
		InsecureSkipVerify: o.InsecureSkipVerify, //nolint:gosec // the operator's explicit choice, warned about at start
	}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read --pmta.tls.ca-file: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read --pmta.tls.ca-file: %s holds no PEM certificate", o.CAFile)
		}
	}
	pin, err := o.pin()
	if err != nil || pin == nil {
		return config, err
	}
	config.InsecureSkipVerify = o.CAFile == "" // the pin says more than any issuer; with both, both must agree
	config.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		if sum := sha256.Sum256(leaf.Raw); !bytes.Equal(sum[:], pin) {
			return &pinError{presented: leaf}
		}
		return nil
	}
	return config, nil
}

// pinError says that the server presented another certificate.
type pinError struct{ presented *x509.Certificate }

func (e *pinError) Error() string { return "the server's certificate is not the pinned one" }

// Fingerprint is the SHA-256 fingerprint of a certificate as pins are written.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// PresentedFingerprint returns the fingerprint of the certificate that the
// server of an https:// URI presents, whoever vouches for it.
func PresentedFingerprint(ctx context.Context, o Options) (string, error) {
	u, err := url.Parse(o.URI)
	if err != nil {
		return "", err
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	dialer := tls.Dialer{Config: &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: o.TLS.ServerName,
		InsecureSkipVerify: true, //nolint:gosec // to look at the certificate; nothing is sent
	}}
	conn, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return "", fmt.Errorf("look at the certificate of %s: %w", host, err)
	}
	defer func() { _ = conn.Close() }() // nothing was written
	return Fingerprint(conn.(*tls.Conn).ConnectionState().PeerCertificates[0]), nil
}

// explain finds the remedy for a failed handshake; nil when err is none.
func (o TLSOptions) explain(err error) *Error {
	var untrusted *tls.CertificateVerificationError
	var unpinned *pinError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &unpinned):
		return o.certificateError(unpinned, unpinned.presented)
	case errors.As(err, &untrusted):
		return o.certificateError(untrusted.Err, untrusted.UnverifiedCertificates[0])
	case errors.As(err, &noTLS), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return &Error{
			Kind: KindUnreachable,
			Err:  errors.New("the server does not speak TLS on this port"),
			Fix:  "set --pmta.uri with http:// instead of https://",
		}
	case strings.Contains(err.Error(), "protocol version"):
		return &Error{
			Kind: KindUnreachable,
			Err:  errors.New("the server speaks no TLS 1.2 or newer"),
			Fix:  "ask on its host with --pmta.uri=exec:/usr/sbin/pmta, or update PowerMTA",
		}
	}
	return nil
}

func (o TLSOptions) certificateError(err error, presented *x509.Certificate) *Error {
	e := &Error{
		Kind: KindCertificate,
		Err:  err,
		Fix: "if this is PowerMTA's own certificate, set --pmta.tls.pin-sha256=" + Fingerprint(presented) +
			" or give its file as --pmta.tls.ca-file",
	}
	sum := sha256.Sum256(presented.Raw)
	if pin, _ := o.pin(); bytes.Equal(sum[:], pin) {
		e.Fix = "it is the pinned one, but --pmta.tls.ca-file does not vouch for it: leave that out, or give the certificate's own file"
	}
	return e
}
