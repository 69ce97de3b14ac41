package pmtaclient

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// secret is a text that is never shown: every way of printing it gives the
// same word.
type secret string

const hidden = "<secret>"

// String returns a word in place of the secret.
func (secret) String() string { return hidden }

// GoString does likewise for %#v.
func (secret) GoString() string { return hidden }

// MarshalText does likewise for JSON, YAML and their kin.
func (secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// apiKeyForm is what http-api-key takes: guide section 3.3.1.46.5.
var apiKeyForm = regexp.MustCompile(`^[A-Za-z0-9_]{32,128}$`)

// readAPIKey reads the key anew each time, so that a new one needs no restart.
// Errors never hold what the file holds.
func readAPIKey(path string) (secret, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read --pmta.api-key-file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("read --pmta.api-key-file: %s may be used by others (%s): run chmod 600 on it", path, info.Mode().Perm())
	}
	if !info.Mode().IsRegular() || info.Size() > 1<<10 {
		return "", fmt.Errorf("read --pmta.api-key-file: %s is no small regular file", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read --pmta.api-key-file: %w", err)
	}
	key := strings.TrimSpace(string(content))
	if !apiKeyForm.MatchString(key) {
		return "", fmt.Errorf("read --pmta.api-key-file: %s holds no API key: 32 to 128 letters, digits and underscores", path)
	}
	return secret(key), nil
}
