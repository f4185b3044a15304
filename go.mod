module github.com/seed-447e5d66/tcp

go 1.24
