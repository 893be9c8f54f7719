package state

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sourcecov/sync/mirror"
)

// PastDecisions moves head on over what people decided since it was read: they may
// decide at any time, and what they decide is for the next night. If anything else was
// appended, the error is ErrConflict. What the caller changed of head stays.
func (s *Store) PastDecisions(ctx context.Context, head Head) (Head, error) {
	err := s.Check(ctx, head)
	if !errors.Is(err, ErrConflict) {
		return head, err
	}
	newest, err := s.Head(ctx)
	if err != nil {
		return Head{}, err
	}
	was := Head{Segments: map[string][]string{}}
	if head.N > 0 {
		if was, err = s.headOf(ctx, head.N); err != nil {
			return Head{}, err
		}
	}
	if newest.N < head.N || !slices.Equal(bare(was), bare(newest)) || !reflect.DeepEqual(was.Landing, newest.Landing) || !reflect.DeepEqual(was.Records, newest.Records) {
		return Head{}, ErrConflict
	}
	head.N = newest.N
	head.Segments, head.Sums = maps.Clone(head.Segments), maps.Clone(head.Sums)
	if names := newest.Segments[decisions]; names != nil {
		head.Segments[decisions] = names
	}
	if head.Sums == nil {
		head.Sums = map[string]string{}
	}
	maps.Copy(head.Sums, newest.Sums)
	return head, nil
}

// decisions is the table that people append to.
const decisions = "decisions"

// bare is what a HEAD says besides what people decided, and what was carried, a text each.
func bare(h Head) []string {
	out := []string{h.Bucket, h.AsOf.UTC().String(), fmt.Sprint(h.Warehouses == nil), strings.Join(h.Warehouses, "\n"), fmt.Sprint(h.Done)}
	for _, table := range slices.Sorted(maps.Keys(h.Segments)) {
		if table != decisions {
			out = append(out, table, strings.Join(h.Segments[table], "\n"))
		}
	}
	return out
}

// headOf reads the HEAD of a number; one that is not there any more is a conflict.
func (s *Store) headOf(ctx context.Context, n int) (head Head, err error) {
	found := false
	err = s.bucket.List(ctx, headName(n), func(o mirror.Object) error {
		if o.Name != headName(n) {
			return nil
		}
		body, err := s.bucket.Read(ctx, o.Name, o.Generation)
		if err != nil {
			return err
		}
		found = true
		if head, err = decodeHead(o.Name, body); err != nil {
			return &DamagedError{o.Name, err}
		}
		return nil
	})
	if err == nil && !found {
		err = ErrConflict
	}
	return head, err
}
