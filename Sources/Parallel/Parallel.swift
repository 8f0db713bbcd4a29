import Dispatch

/// Work on several processors whose result does not depend on how many there are.
package enum Parallel {
    /// `body` for every item, in the items' order, however they are spread.
    package static func map<Item: Sendable, Outcome: Sendable>(
        _ items: [Item], _ body: @Sendable (Item) -> Outcome
    ) -> [Outcome] {
        guard items.count > 1 else { return items.map(body) }
        var outcomes = [Outcome?](repeating: nil, count: items.count)
        outcomes.withUnsafeMutableBufferPointer { buffer in
            // Each iteration writes its own place only.
            nonisolated(unsafe) let places = buffer
            DispatchQueue.concurrentPerform(iterations: items.count) { places[$0] = body(items[$0]) }
        }
        return outcomes.compactMap { $0 }
    }

    /// Two pieces of work that do not need each other: the first on this thread, the second beside it.
    package static func both<First, Second: Sendable>(
        _ first: () -> First, _ second: @escaping @Sendable () -> Second
    ) -> (First, Second) {
        let place = Place<Second>()
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) { place.value = second() }
        let one = first()
        group.wait()
        guard let other = place.value else { preconditionFailure("the second piece of work has ended") }
        return (one, other)
    }

    /// Written by one thread, and read by another once a group has ended.
    private final class Place<Value: Sendable>: @unchecked Sendable {
        var value: Value?
    }
}
