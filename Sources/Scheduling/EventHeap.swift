/// What ends next: a binary heap by time, ties by number, so that the order never depends on insertion.
struct EventHeap: Sendable {
    struct Event: Sendable {
        let time: Int64
        let number: Int32

        static func < (left: Event, right: Event) -> Bool {
            left.time == right.time ? left.number < right.number : left.time < right.time
        }
    }

    private var events: [Event] = []

    var isEmpty: Bool { events.isEmpty }
    var first: Event? { events.first }

    mutating func push(_ event: Event) {
        events.append(event)
        var child = events.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard events[child] < events[parent] else { return }
            events.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> Event? {
        guard let top = events.first, let last = events.popLast() else { return nil }
        guard !events.isEmpty else { return top }
        events[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < events.count && events[child] < events[least] {
                least = child
            }
            guard least != parent else { return top }
            events.swapAt(least, parent)
            parent = least
        }
    }
}
