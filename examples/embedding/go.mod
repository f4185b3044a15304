module github.com/seed-447e5d66/tcp/examples/embedding

go 1.24

require github.com/seed-447e5d66/tcp v0.0.0

replace github.com/seed-447e5d66/tcp => ../..
