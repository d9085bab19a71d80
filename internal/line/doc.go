// Package line decides who is next at the windows of a lobby (大厅排队叫号): numbers that were taken and people who walk in stand
// in one line. It speaks of a lobby (大厅) with its windows, of groups (业务类别) of items that are called together, of classes
// (优先类别) of people who go before others, and of turns (排队号). A turn holds nothing about who took it: its number, when it was
// taken, and what the windows did with it.
//
// It is pure: the turns of one day and what somebody does give the turns that change, or a Fault. Whoever stores them must refuse
// a turn that was changed since, so that two windows never call one person (store.Store.UpdateTurns).
//
// No law fixes the order of a line. 无障碍环境建设法 art. 40 asks offices to serve disabled and elderly people without barriers,
// which classes go first is the lobby's own rule, and so that nobody waits for ever, at most Lobby.InRow of them go in a row.
package line
