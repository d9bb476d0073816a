# run NAME: compiles and runs test/clients/NAME/check.go with what the Go clients share. To be sourced.
run() {
  local work code=0
  work=$(mktemp -d)
  # Files of one program have to lie in one folder. Debian keeps packaged Go libraries as a GOPATH.
  cp test/clients/go/report.go "test/clients/$1/check.go" "$work"
  GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE=$work/cache go run "$work/report.go" "$work/check.go" || code=$?
  rm -rf "$work"
  return "$code"
}
