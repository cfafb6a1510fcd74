package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const viewers = 10

// Whether anybody notices that the web UI is watched: 64 streams by themselves and beside ten who watch the gateway's live
// stream, in turn, each pair beginning with the other one. The figures of a pair are what the streams cost with viewers as a
// part of what they cost without.
func watched(r *running, e effort, pair int) (figures, error) {
	var with, without figures
	var perViewer float64
	for _, isWatched := range []bool{pair%2 == 0, pair%2 != 0} {
		got, bytesRead, err := beneath(r, e, map[bool]int{true: viewers}[isWatched])
		if err != nil {
			return nil, err
		}
		if isWatched {
			with, perViewer = got, bytesRead
		} else {
			without = got
		}
	}
	result := figures{"viewers.kilobytes": perViewer / 1000}
	for _, each := range []string{"cpu", "p50", "p95"} {
		result["viewers.without."+each] = without["paced.64."+each]
		result["viewers.with."+each] = with["paced.64."+each]
		result["viewers.ratio."+each] = with["paced.64."+each] / without["paced.64."+each]
	}
	return result, nil
}

// The streams while some watch, and how many bytes a second came to each of those.
func beneath(r *running, e effort, watching int) (figures, float64, error) {
	ctx, leave := context.WithCancel(context.Background())
	audience := &audience{}
	defer func() {
		leave()
		audience.gone.Wait()
	}()
	if err := audience.open(ctx, r, watching); err != nil {
		return nil, 0, err
	}
	began := time.Now()
	got, err := paced(ctx, r, e, 64, 20*time.Millisecond)
	if err == nil && audience.lost.Load() > 0 {
		err = errors.New("a viewer's stream ended")
	}
	return got, float64(audience.bytes.Load()) / float64(max(1, watching)) / time.Since(began).Seconds(), err
}

type audience struct {
	bytes, lost atomic.Int64
	gone        sync.WaitGroup
}

// Returns when each of them has its first event.
func (a *audience) open(ctx context.Context, r *running, viewers int) error {
	for range viewers {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/api/ui/events", nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		buffer := make([]byte, 64<<10)
		n, err := response.Body.Read(buffer)
		if response.StatusCode != http.StatusOK || !bytes.Contains(buffer[:n], []byte("event")) {
			_ = response.Body.Close()
			return errors.Join(fmt.Errorf("no event for a viewer, status %d", response.StatusCode), err)
		}
		a.gone.Go(func() {
			defer response.Body.Close()
			for {
				n, err := response.Body.Read(buffer)
				a.bytes.Add(int64(n))
				if err != nil {
					if ctx.Err() == nil {
						a.lost.Add(1)
					}
					return
				}
			}
		})
	}
	return nil
}
