package browsertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// document is one document that a window has shown. A page may go on to the next by itself: a script that sends the window somewhere
// else, a page that reloads. What is waited for then is told by the events of the documents, which arrive in their order.
type document struct {
	loader cdp.LoaderID
	loaded chan struct{} // closed when its load event has fired: once, whatever a script writes into it later
	load   sync.Once
	left   chan struct{} // closed when the window shows next instead
	next   *document
}

func newDocument(l cdp.LoaderID) *document {
	return &document{loader: l, loaded: make(chan struct{}), left: make(chan struct{})}
}

// shown is the document that a window shows. One goroutine tells it of events; many may read it.
type shown struct{ atomic.Pointer[document] }

func (s *shown) hear(event any) {
	now := s.Load()
	switch e := event.(type) {
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			now.next = newDocument(e.Frame.LoaderID)
			s.Store(now.next)
			close(now.left)
		}
	case *page.EventLifecycleEvent:
		if e.Name == "load" && e.LoaderID == now.loader {
			now.load.Do(func() { close(now.loaded) })
		}
	}
}

// settled waits until a document has loaded, or, of those that the window went on to, the last; it returns that.
func (d *document) settled(ctx context.Context) (*document, error) {
	for {
		select {
		case <-d.left:
			d = d.next
			continue
		default:
		}
		select {
		case <-d.loaded:
			return d, nil
		case <-d.left:
		case <-ctx.Done():
			return d, fmt.Errorf("wait for the document to load: %w", ctx.Err())
		}
	}
}

// after waits until a document is left, and returns the next.
func (d *document) after(ctx context.Context) (*document, error) {
	select {
	case <-d.left:
		return d.next, nil
	case <-ctx.Done():
		return d, fmt.Errorf("wait for the document to be left: %w", ctx.Err())
	}
}

// reach opens an address and waits for that document: known by the id that the command returns, since the page before may be going
// somewhere else at the same moment.
func (b *Browser) reach(ctx context.Context, url string) error {
	d := b.shown.Load()
	said, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: url})
	switch {
	case err != nil:
		return err
	case said.ErrorText != "":
		return errors.New(said.ErrorText)
	case said.LoaderID == "": // a place on the page that is open
		return nil
	}
	for err == nil && d.loader != said.LoaderID {
		d, err = d.after(ctx)
	}
	if err == nil {
		_, err = d.settled(ctx)
	}
	return err
}

// lasting waits for a promise on the page that is open once it has loaded; where the page goes on by itself meanwhile, which ends
// what runs in it, on the page that it goes on to.
func (b *Browser) lasting(ctx context.Context, promise string) error {
	d := b.shown.Load()
	for {
		var err error
		if d, err = d.settled(ctx); err != nil {
			return err
		}
		err = chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](promise, chromedp.EvalAwaitPromise))
		if !ended(err) {
			return err
		}
		next, late := d.after(ctx)
		if late != nil {
			return errors.Join(err, late)
		}
		d = next
	}
}

// ended reports whether an evaluation ended with the document in which it ran: the protocol's server error (-32000), in the words of
// whichever part of Chromium noticed. What a script throws is no error of the protocol.
func ended(err error) bool {
	var e *cdproto.Error
	return errors.As(err, &e) && e.Code == -32000
}
