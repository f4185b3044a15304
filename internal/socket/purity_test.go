package socket

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// segmentFields are what the layer may not read of a segment: it has none of TCP's
// rules.
var segmentFields = map[string]bool{
	"Seq": true, "Ack": true, "Flags": true, "Window": true, "Urgent": true, "Len": true, "Options": true,
	"SegLen": true, "End": true, "SYN": true, "FIN": true, "RST": true, "PSH": true, "ACK": true, "URG": true,
}

// forbidden are the imports and statements with which a host would not be
// deterministic.
func forbidden(t *testing.T, src any, name string) (found []string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, 0)
	require.NoError(t, err)
	at := func(n ast.Node, what string) {
		found = append(found, fset.Position(n.Pos()).String()+": "+what)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			pkg, isName := n.X.(*ast.Ident)
			typeSeq := isName && pkg.Name == "tcp" && n.Sel.Name == "Seq"
			if segmentFields[n.Sel.Name] && !typeSeq {
				at(n, "reads "+n.Sel.Name)
			}
		case *ast.ImportSpec:
			switch n.Path.Value {
			case `"time"`, `"math/rand"`, `"math/rand/v2"`, `"crypto/rand"`, `"sync"`, `"net"`, `"os"`:
				at(n, "imports "+n.Path.Value)
			}
		case *ast.GoStmt:
			at(n, "starts a goroutine")
		}
		return true
	})
	return found
}

// TestLayerHasNoRulesOfTCP: apart from the ports nothing of a segment is read.
func TestLayerHasNoRulesOfTCP(t *testing.T) {
	set, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool {
		return !strings.HasSuffix(f.Name(), "_test.go")
	}, 0)
	require.NoError(t, err)
	files := 0
	for _, pkg := range set {
		for name := range pkg.Files {
			files++
			require.Empty(t, forbidden(t, nil, name))
		}
	}
	require.Greater(t, files, 5)

	bad := "package p\nimport \"time\"\nfunc f(s *S) { if s.Flags == tcp.SYN { go f(s) } }"
	require.Len(t, forbidden(t, bad, "bad.go"), 4, "the check itself")
}
