package desk

import (
	"maps"
	"slices"
	"sync"
)

// A Folder is files by name; names are relative to the desk's directory and use
// slashes. The parts of a pipeline use it side by side.
type Folder struct {
	mu    sync.Mutex
	files map[string]string
}

func newFolder() *Folder { return &Folder{files: map[string]string{}} }

// Names lists the files in order.
func (f *Folder) Names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.files))
}

// Read returns a file.
func (f *Folder) Read(name string) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.files[clean(name)]
	return t, ok
}

// Write puts a file.
func (f *Folder) Write(name, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[clean(name)] = text
}

// Delete removes a file, and reports whether it was there.
func (f *Folder) Delete(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.files[clean(name)]
	delete(f.files, clean(name))
	return ok
}

// Equal reports whether two folders hold the same files.
func (f *Folder) Equal(other *Folder) bool { return maps.Equal(f.clone().files, other.clone().files) }

// full reports whether there is no room for one more file.
func (f *Folder) full() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.files) >= filesMax
}

func (f *Folder) clone() *Folder {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &Folder{files: maps.Clone(f.files)}
}
