package store

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// Outbox holds work that waits for its time: clocks to tick and messages to send. Claims are leases: a row that is
// claimed is not handed to another server before the lease ends; what is done twice after a crash is made harmless by the
// case's own state and the message's key.
type Outbox interface {
	// ClaimWaking returns up to limit cases of the region whose wake instant is at or before now, and leases them. A commit
	// that moves a case's wake instant ends its lease.
	ClaimWaking(ctx context.Context, region string, now, lease time.Time, limit int) ([]Key, error)
	// ClaimMessages returns up to limit messages of a region and channel whose time has come, and leases them: those that
	// wait, and those whose sending began under a lease that has ended since, as they then are (MessageSending): of these
	// nobody knows what became.
	ClaimMessages(ctx context.Context, region, channel string, now, lease time.Time, limit int) ([]Message, error)
	// BeginMessage records, before anything leaves the house, that a claimed message is now being sent, and counts the
	// attempt. ErrConflict if it is no longer held under m.Lease: then somebody else sends it.
	BeginMessage(ctx context.Context, m Message) error
	// FinishMessages records the outcome of deliveries: sent, failed with the next attempt's time, unclear or dead; it ends
	// the leases. Only who holds a message under its Lease is heard, but that it was sent is believed of anybody, unless it
	// is dead or sent already.
	FinishMessages(ctx context.Context, done []Message) error
	// SettleMessage is what a person decides about a message that is dead or unclear: MessageWaiting tries it anew from the
	// instant, MessageSent takes it as sent then. ErrNotFound, and no trace, if it is neither.
	SettleMessage(ctx context.Context, key MessageKey, state string, at time.Time, traces ...Trace) error
	// Dispatches lists the messages of a region in one state other than sent, by channel and time, and a cursor. ErrCursor.
	Dispatches(ctx context.Context, q DispatchQuery) ([]Message, string, error)
	// CountDispatches counts the messages of a region that are not sent.
	CountDispatches(ctx context.Context, region string) ([]DispatchCount, error)
	// Messages lists messages by the query, newest first, and a cursor for the next page ("" at the end). ErrCursor.
	Messages(ctx context.Context, q MessageQuery) ([]Message, string, error)
	// MarkRead records when an in-app message was first read. ErrNotFound if it is not the recipient's.
	MarkRead(ctx context.Context, key MessageKey, recipient string, at time.Time) error
}

// MessageKey is the message's place in the journal, and so its idempotency key.
type MessageKey struct {
	Key
	Entry int
	Index int
}

// Message is one message to one recipient on one channel.
type Message struct {
	MessageKey
	Channel   string // inapp, sms, email, webhook
	Recipient string // account, address or subscription
	Template  string
	Item      caseflow.ItemID // of the case: an agent reads those of the own items
	Body      []byte          // JSON: what the template needs
	State     string
	Attempts  int
	Next      time.Time // not before
	Sent      time.Time
	Read      time.Time
	Error     string
	Made      time.Time // when its entry was written; read, not written
	Lease     time.Time // until when a claim holds it; read, not written
}

// Message states.
const (
	MessageWaiting = "waiting"
	MessageSending = "sending" // an attempt has begun
	MessageSent    = "sent"
	MessageUnclear = "unclear" // it may have arrived: a person decides
	MessageDead    = "dead"    // it will not arrive by itself
)

// DispatchQuery selects messages of one region that are not sent.
type DispatchQuery struct {
	Region string
	State  string // one of the states but MessageSent
	Cursor string
	Limit  int // 1 to 200; 0: 50
}

// DispatchCount is how many messages of a channel are in a state.
type DispatchCount struct {
	State   string
	Channel string
	N       int
}

// MessageQuery selects the messages of one region that were written to any of the recipients, accounts or addresses.
type MessageQuery struct {
	Region     string
	Recipients []string
	Items      []caseflow.ItemID // nil: all
	Unread     bool              // only those
	Cursor     string
	Limit      int // 1 to 200; 0: 50
}
