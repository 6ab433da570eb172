//go:build tools

// Package bed only keeps the requirement of the API server in go.mod: its command cannot be imported,
// so the package beneath it is.
package bed

import _ "k8s.io/kubernetes/cmd/kube-apiserver/app"
