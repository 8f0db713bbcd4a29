/// Whether needs can be shared out over hosts in sum, each over those that are open to it: Hall's condition. For every
/// set of hosts, what can go nowhere else must fit there.
///
/// VMs may be split, so this rules out, and never proves.
struct RoomBound {
    private let hostCount: Int
    private var needs: [Int64]
    private var rooms: [Int64]

    init(hostCount: Int) {
        self.hostCount = hostCount
        needs = [Int64](repeating: 0, count: 1 << hostCount)
        rooms = [Int64](repeating: 0, count: hostCount)
    }

    mutating func clear() {
        for index in needs.indices { needs[index] = 0 }
        for index in rooms.indices { rooms[index] = 0 }
    }

    mutating func add(need: Int64, in hosts: UInt32) { needs[Int(hosts)] += need }

    mutating func add(room: Int64, at host: Int) { rooms[host] = min(rooms[host] + room, 1 << 52) }

    /// How far the room of the set that lacks most falls short; 0 when all is well.
    ///
    /// - Complexity: O(hosts x 2^hosts).
    mutating func shortage() -> Int64 {
        // After each round, `needs[set]` holds what is confined to `set` as far as the hosts so far tell.
        for host in 0..<hostCount {
            let bit = 1 << host
            for set in needs.indices where set & bit != 0 { needs[set] += needs[set ^ bit] }
        }
        var most: Int64 = 0
        for set in needs.indices {
            var room: Int64 = 0
            for host in 0..<hostCount where set >> host & 1 == 1 { room += rooms[host] }
            most = max(most, needs[set] - room)
        }
        return most
    }
}
