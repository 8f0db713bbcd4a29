public import ClusterModel
public import Forecasting
import GRDB

/// Writes recorded history straight into the five-minute rollups: for imports, of which the single samples would be
/// thrown away at once.
///
/// Rows may come in any order; fastest is each entity's in the order of time. Memory stays within a budget. An import
/// replaces what was known of the five minutes, entities and metrics that it brings: done twice, it changes nothing.
/// Where single samples are still kept, they win. Nothing is certain to be kept before `finish` has returned.
public struct HistoryWriter {
    /// What was written.
    public struct Result: Sendable, Hashable {
        public var rows = 0
        /// Rows older than the store keeps; they were dropped.
        public var tooOld = 0
        public var entities = 0
        /// "vm NAME" and "host NAME" of all of them, in the order in which they came.
        public var names: [String] = []
        public var oldest: Timestamp?
        public var newest: Timestamp?
    }

    private struct Entity: Hashable {
        let kind: EntityKind
        let name: String
    }

    /// The hour of an entity that is being added up.
    private struct OpenHour {
        var hour: Int64
        var slot: Int
        var sum = SlotAccumulator()
        var chunk = RollUpChunk(slotCount: TimeGrid.bucketsPerHour)

        mutating func closeSlot() {
            chunk.merge(slot: slot, with: sum)
            sum = SlotAccumulator()
        }
    }

    private let cluster: ClusterStore
    private let budgetBytes: Int
    private let oldestKept: Int64
    private var places: [Entity: Int] = [:]
    private var entities: [Entity] = []
    private var open: [OpenHour?] = []
    private var pending: [ChunkKey: [UInt8]] = [:]
    private var pendingBytes = 0
    private var written: Set<ChunkKey> = []
    private var result = Result()

    public init(cluster: ClusterStore, budgetBytes: Int = 96 << 20) throws {
        self.cluster = cluster
        self.budgetBytes = budgetBytes
        oldestKept = try cluster.file.read { database in
            try Int64.fetchOne(
                database, sql: "SELECT five_minute_from FROM cluster WHERE id = ?", arguments: [cluster.id]) ?? 0
        }
    }

    /// Takes one row. CPU is in reference cores; values must be finite and not negative.
    public mutating func add(_ kind: EntityKind, _ name: String, at: Timestamp, _ values: SampleValues) throws {
        let time = at.millisecondsSinceEpoch
        guard TimeGrid.allowedMilliseconds.contains(time), values.isSound, !name.isEmpty else {
            throw StoreError(
                code: .invalid,
                message: "sample of \(kind.name) \"\(name)\" at \(at): needs a name, a time in the years 2000 to 2099 "
                    + "and at least one value, finite and not negative")
        }
        guard time >= oldestKept else {
            result.tooOld += 1
            return
        }
        result.rows += 1
        result.oldest = min(result.oldest ?? at, at)
        result.newest = max(result.newest ?? at, at)
        add(values, bucket: TimeGrid.bucket(of: time), to: place(of: Entity(kind: kind, name: name)))
        if pendingBytes > budgetBytes { try flush() }
    }

    /// Writes the rest and brings the hourly rollups up to date.
    public mutating func finish() throws -> Result {
        for place in open.indices { close(place) }
        try flush()
        if let newest = result.newest {
            try cluster.file.writeDurably { database in
                try database.execute(
                    sql: "UPDATE cluster SET newest_sample = max(coalesce(newest_sample, 0), ?) WHERE id = ?",
                    arguments: [newest.millisecondsSinceEpoch, cluster.id])
            }
        }
        try cluster.rollUp()
        result.entities = entities.count
        result.names = entities.map { "\($0.kind.name) \($0.name)" }
        return result
    }

    // MARK: Adding up

    private mutating func place(of entity: Entity) -> Int {
        if let place = places[entity] { return place }
        places[entity] = entities.count
        entities.append(entity)
        open.append(nil)
        return entities.count - 1
    }

    private mutating func add(_ values: SampleValues, bucket: Int64, to place: Int) {
        let hour = TimeGrid.hour(ofBucket: bucket)
        let slot = TimeGrid.slot(ofBucket: bucket)
        // Asked for one field at a time: taking the whole value out would copy it for every row.
        if open[place]?.hour != hour {
            close(place)
            open[place] = OpenHour(hour: hour, slot: slot)
        }
        if open[place]?.slot != slot {
            open[place]?.closeSlot()
            open[place]?.slot = slot
        }
        open[place]?.sum.add(values)
    }

    private mutating func close(_ place: Int) {
        guard var hour = open[place] else { return }
        open[place] = nil
        hour.closeSlot()
        let key = ChunkKey(hour: hour.hour, entity: place)
        if let earlier = pending[key], let chunk = RollUpChunk(bytes: earlier) {
            pendingBytes -= earlier.count + ChunkKey.overheadBytes
            hour.chunk.merge(chunk)
        }
        let bytes = hour.chunk.encoded()
        pending[key] = bytes
        pendingBytes += bytes.count + ChunkKey.overheadBytes
    }

    // MARK: Writing

    /// Chunks in one transaction: large enough to touch few pages twice, small enough not to hold up others for long.
    private static let chunksAtOnce = 20_000

    private mutating func flush() throws {
        let chunks = pending.sorted { $0.key < $1.key }
        for start in stride(from: 0, to: chunks.count, by: Self.chunksAtOnce) {
            try write(chunks[start..<min(start + Self.chunksAtOnce, chunks.count)])
        }
        written.formUnion(pending.keys)
        pending.removeAll()
        pendingBytes = 0
    }

    private func write(_ chunks: ArraySlice<(key: ChunkKey, value: [UInt8])>) throws {
        try cluster.writeResolving { database, resolver in
            let table = try ChunkTable(database, cluster: cluster.id)
            var days: Set<Int64> = []
            for (key, bytes) in chunks {
                let entity = entities[key.entity]
                let number = try resolver.number(database, entity.kind, entity.name)
                guard let chunk = RollUpChunk(bytes: bytes) else { continue }
                var stored = try table.chunk(hour: key.hour, entity: number)
                if written.contains(key) { stored.merge(chunk) } else { stored.overlay(chunk) }
                try table.write(stored, hour: key.hour, entity: number)
                days.insert(TimeGrid.day(ofHour: key.hour))
            }
            for day in days.sorted() {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO stale_day(cluster, day) VALUES (?, ?)", arguments: [cluster.id, day])
                try database.execute(
                    sql: """
                        INSERT OR IGNORE INTO stale_bucket(cluster, bucket)
                        SELECT DISTINCT cluster, at / \(TimeGrid.bucketMilliseconds) FROM sample
                        WHERE cluster = ? AND at >= ? AND at < ?
                        """,
                    arguments: [cluster.id, day * TimeGrid.dayMilliseconds, (day + 1) * TimeGrid.dayMilliseconds])
            }
        }
    }
}

/// A chunk by hour and place of the entity in an import; ordered as the table is.
struct ChunkKey: Hashable, Comparable {
    let hour: Int64
    let entity: Int

    /// What an entry costs in a dictionary beside its bytes: key, array header, load factor.
    static let overheadBytes = 80

    static func < (left: ChunkKey, right: ChunkKey) -> Bool {
        (left.hour, left.entity) < (right.hour, right.entity)
    }
}
