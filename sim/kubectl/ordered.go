package kubectl

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
)

// ordered lists what the API offers in the server's order. client-go gives it
// in the order of a map, and so `kubectl get all` in another one each time.
type ordered struct {
	discovery.CachedDiscoveryInterface
}

func (o ordered) ServerGroupsAndResources() ([]*metav1.APIGroup, []*metav1.APIResourceList, error) {
	groups, lists, err := o.CachedDiscoveryInterface.ServerGroupsAndResources()
	o.sort(lists)
	return groups, lists, err
}

func (o ordered) ServerPreferredResources() ([]*metav1.APIResourceList, error) {
	lists, err := o.CachedDiscoveryInterface.ServerPreferredResources()
	o.sort(lists)
	return lists, err
}

func (o ordered) ServerPreferredNamespacedResources() ([]*metav1.APIResourceList, error) {
	lists, err := o.CachedDiscoveryInterface.ServerPreferredNamespacedResources()
	o.sort(lists)
	return lists, err
}

// sort orders lists by group version, and each list's resources, as the server
// has them.
func (o ordered) sort(lists []*metav1.APIResourceList) {
	place := map[string]int{}
	if groups, err := o.ServerGroups(); err == nil {
		for _, g := range groups.Groups {
			for _, v := range g.Versions {
				place[v.GroupVersion] = len(place)
			}
		}
	}
	slices.SortStableFunc(lists, func(a, b *metav1.APIResourceList) int {
		return cmp.Compare(place[a.GroupVersion], place[b.GroupVersion])
	})
	for _, l := range lists {
		all, err := o.ServerResourcesForGroupVersion(l.GroupVersion)
		if err != nil {
			continue
		}
		index := map[string]int{}
		for i, r := range all.APIResources {
			index[r.Name] = i
		}
		slices.SortStableFunc(l.APIResources, func(a, b metav1.APIResource) int { return cmp.Compare(index[a.Name], index[b.Name]) })
	}
}
