module github.com/seed-447e5d66/tcp

go 1.24

require pgregory.net/rapid v1.3.0
