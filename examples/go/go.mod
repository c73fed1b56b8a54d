module zest/examples/go

go 1.19
