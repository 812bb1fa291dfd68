using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Wording;
using Geobuk.Models;
using Geobuk.Recipes;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Geobuk.Compute.Service;

/// <summary>
/// What must survive: jobs, ledger, keys, audit log; SQLite in a file, or PostgreSQL by connection string. Every change of a cycle
/// is one transaction, on the disk before anything is done about it. Of several servers on one PostgreSQL one works, for it holds
/// a lock that ends with its connection; the others wait to take over.
/// </summary>
public sealed class ComputeStore : IDisposable
{
    /// <summary>The advisory lock of whoever works on the database: the letters of the name.</summary>
    private const long ServerLock = 0x6765_6F62_756B;

    private const int Batch = 1000, PatienceSeconds = 5;
    // More than one page.
    private const int ProbeLength = 16_384, ShownLength = 60;

    /// <summary>Stands for the hash of an entry that is no entry: no hash is like it.</summary>
    private const string Unreadable = "unreadable";

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(500);
    private static readonly JsonSerializerOptions Json = new(RecipeJson.Options) { WriteIndented = false, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip, Converters = { new StatementJson(null) } };

    private readonly DbConnection _connection;
    private readonly Lock _lock = new();
    private DbTransaction? _transaction;
    private (long Sequence, string Hash) _last, _lastAudit;

    private ComputeStore(DbConnection connection, Action? waiting, CancellationToken cancellation)
    {
        _connection = connection;
        connection.Open();
        if (connection is NpgsqlConnection)
            for (var told = false; !IsOurs(); cancellation.WaitHandle.WaitOne(BetweenTries))
            {
                cancellation.ThrowIfCancellationRequested();
                if (!told) waiting?.Invoke();
                told = true;
            }
        if (connection is SqliteConnection)
        {
            Execute("PRAGMA journal_mode=WAL");
            Execute("PRAGMA synchronous=FULL");
        }
        Execute("CREATE TABLE IF NOT EXISTS jobs (id BIGINT PRIMARY KEY, is_over INTEGER NOT NULL, record TEXT NOT NULL)");
        Execute("CREATE INDEX IF NOT EXISTS jobs_open ON jobs (is_over)");
        Execute("CREATE TABLE IF NOT EXISTS ledger (sequence BIGINT PRIMARY KEY, entry TEXT NOT NULL)");
        Execute("CREATE TABLE IF NOT EXISTS audit (sequence BIGINT PRIMARY KEY, entry TEXT NOT NULL)");
        Execute("CREATE TABLE IF NOT EXISTS api_keys (hash TEXT PRIMARY KEY, entry TEXT NOT NULL)");
        Execute("CREATE TABLE IF NOT EXISTS drained (node TEXT PRIMARY KEY)");
        Execute("CREATE TABLE IF NOT EXISTS accounts (uid BIGINT PRIMARY KEY, tenant TEXT NOT NULL)");
        Execute("CREATE TABLE IF NOT EXISTS folder (id INTEGER PRIMARY KEY, mark TEXT NOT NULL)");
        Execute("CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY, anchor TEXT NOT NULL)");
        Execute("CREATE TABLE IF NOT EXISTS config (id INTEGER PRIMARY KEY, digest TEXT NOT NULL)");
        _last = LedgerBefore(long.MaxValue, 1).Select(entry => (entry.Sequence, entry.Hash)).FirstOrDefault((0, LedgerEntry.Origin));
        _lastAudit = AuditLog(1).Select(entry => (entry.Sequence, entry.Hash)).FirstOrDefault((0, AuditEntry.Origin));
        if (_lastAudit.Hash.Length == 0) ChainAudit();
    }

    /// <summary>Opens a database, made where it is new, once no other server works on it.</summary>
    /// <param name="database">A file for SQLite, or a PostgreSQL connection string (<c>Host=…</c>).</param>
    /// <param name="waiting">Told once, where another server has the database.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="UserInputException">It cannot be opened.</exception>
    public static ComputeStore Open(string database, Action? waiting = null, CancellationToken cancellation = default)
    {
        var connection = ConnectionTo(database);
        try
        {
            return new ComputeStore(connection, waiting, cancellation);
        }
        catch (DbException fault)
        {
            connection.Dispose();
            throw Unusable(fault);
        }
        catch (OperationCanceledException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Whether nobody else can have taken the database over, so that a fault of it, as a full disk, may pass: so it is with a file.</summary>
    public bool IsOwn => _connection is SqliteConnection;

    /// <summary>The file that was deleted or moved away under the service, which SQLite would go on writing to; null where there is none.</summary>
    public string? Missing => _connection is SqliteConnection && !File.Exists(_connection.DataSource) ? _connection.DataSource : null;

    /// <summary>Writes something of no importance to the disk.</summary>
    /// <exception cref="DbException">It cannot be written.</exception>
    public void Probe() => Together(() =>
    {
        Execute("CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY, content TEXT NOT NULL)");
        Execute("INSERT INTO probe (id, content) VALUES (1, @a) ON CONFLICT (id) DO UPDATE SET content = excluded.content", new string('x', ProbeLength));
    });

    /// <summary>Whether servers of this database wait for their turn: those of PostgreSQL do.</summary>
    public static bool HasTurns(string database) => database.Contains("Host=", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a fault of the database is to a user.</summary>
    public static UserInputException Unusable(DbException fault) =>
        new($"--database: {fault.Message.TrimEnd('.')}; expected a file for SQLite or a PostgreSQL connection string like Host=…;Database=…. Check that it is there, may be written and has room on its disk; where it is damaged, put a copy in its place.", fault);

    /// <summary>A connection, not yet open.</summary>
    internal static DbConnection ConnectionTo(string database)
    {
        try
        {
            if (!HasTurns(database)) return new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false, DefaultTimeout = PatienceSeconds }.ToString());
            // Without a pool the lock goes with the connection; that of a machine without power goes after half a minute and not after hours.
            var settings = new NpgsqlConnectionStringBuilder(database) { Pooling = false, TcpKeepAlive = true };
            settings.Options = $"{settings.Options} -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4".Trim();
            return new NpgsqlConnection(settings.ToString());
        }
        catch (ArgumentException fault)
        {
            throw new UserInputException($"--database: {fault.Message} Expected a PostgreSQL connection string like Host=…;Database=…;Username=….", fault);
        }
    }

    private bool IsOurs()
    {
        using var command = Command("SELECT pg_try_advisory_lock(@a)", ServerLock);
        return (bool)command.ExecuteScalar()!;
    }

    /// <summary>Does several changes as one.</summary>
    public void Together(Action changes)
    {
        lock (_lock)
        {
            if (_transaction is not null)
            {
                changes();
                return;
            }
            var before = (_last, _lastAudit);
            _transaction = _connection.BeginTransaction();
            try
            {
                changes();
                _transaction.Commit();
            }
            catch
            {
                (_last, _lastAudit) = before;
                throw;
            }
            finally
            {
                _transaction.Dispose();
                _transaction = null;
            }
        }
    }

    /// <summary>Writes a job, new or changed.</summary>
    public void Save(JobRecord job) => Execute("INSERT INTO jobs (id, is_over, record) VALUES (@a, @b, @c) ON CONFLICT (id) DO UPDATE SET is_over = excluded.is_over, record = excluded.record",
        job.Id, job.IsOver ? 1 : 0, JsonSerializer.Serialize(job, Json));

    /// <summary>All jobs that are not over, by id.</summary>
    public IReadOnlyList<JobRecord> Open() => Query<JobRecord>("SELECT record FROM jobs WHERE is_over = 0 ORDER BY id");

    /// <summary>The newest jobs, the newest first; read piece by piece, so that others get at the database in between.</summary>
    public IReadOnlyList<JobRecord> Latest(int count)
    {
        var found = new List<JobRecord>();
        while (found.Count < count && Query<JobRecord>("SELECT record FROM jobs WHERE id < @a ORDER BY id DESC LIMIT @b", found.Count > 0 ? found[^1].Id : long.MaxValue, Math.Min(Batch, count - found.Count)) is { Count: > 0 } batch) found.AddRange(batch);
        return found;
    }

    /// <summary>Jobs that are done, the oldest first: what estimates are learnt from.</summary>
    public IReadOnlyList<JobRecord> Done(int count) => [.. Query<JobRecord>("SELECT record FROM jobs WHERE is_over = 1 ORDER BY id DESC LIMIT @a", count).Where(job => job.Phase == JobPhase.Done).Reverse()];

    /// <summary>One job; null where there is none.</summary>
    public JobRecord? Find(long id) => Query<JobRecord>("SELECT record FROM jobs WHERE id = @a", id).FirstOrDefault();

    /// <summary>The highest id so far; 0 before the first.</summary>
    public long LastId()
    {
        lock (_lock)
        {
            using var command = Command("SELECT COALESCE(MAX(id), 0) FROM jobs");
            return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Jobs that are over, the newest first.</summary>
    /// <param name="before">Only those with a lower number.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<JobRecord> Over(long before, int count) => Query<JobRecord>("SELECT record FROM jobs WHERE is_over = 1 AND id < @a ORDER BY id DESC LIMIT @b", before, count);

    /// <summary>
    /// Binds the database to the folder in which its jobs leave their exit codes. In another one nobody could tell what runs, and all of it
    /// would be started a second time.
    /// </summary>
    /// <exception cref="UserInputException">It is bound to another.</exception>
    public void Bind(string jobsFolder)
    {
        var mark = WorkerFolders.Instance(Path.Combine(Directory.CreateDirectory(jobsFolder).FullName, WorkerFolders.InstanceFile));
        if (Texts("SELECT mark FROM folder") is [var known])
        {
            if (known != mark) throw new UserInputException($"--state: {jobsFolder} is not the folder whose jobs the database knows; expected the one that the first server had, which all servers share. Give that one, or another --database.");
        }
        else Execute("INSERT INTO folder (id, mark) VALUES (1, @a)", mark);
    }

    /// <summary>As which user of a range a tenant's jobs run: one that no other tenant has, and always the same.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="first">The first of the range.</param>
    /// <param name="last">The last of the range.</param>
    /// <returns>Its number; null where all are given to others.</returns>
    public uint? Account(string tenant, uint first, uint last)
    {
        lock (_lock)
        {
            if (Texts("SELECT CAST(MIN(uid) AS TEXT) FROM accounts WHERE tenant = @a AND uid BETWEEN @b AND @c HAVING COUNT(*) > 0", tenant, (long)first, (long)last) is [var known]) return uint.Parse(known, CultureInfo.InvariantCulture);
            var given = Texts("SELECT CAST(uid AS TEXT) FROM accounts").ToHashSet();
            for (var number = first; number <= last; number++)
            {
                if (given.Contains(number.ToString(CultureInfo.InvariantCulture))) continue;
                Execute("INSERT INTO accounts (uid, tenant) VALUES (@a, @b)", (long)number, tenant);
                return number;
            }
            return null;
        }
    }

    /// <summary>Nodes that take no jobs, as pool/node.</summary>
    public IReadOnlyList<string> Drained() => Texts("SELECT node FROM drained");

    private List<string> Texts(string query, params object[] values)
    {
        lock (_lock)
        {
            using var command = Command(query, values);
            using var reader = command.ExecuteReader();
            var texts = new List<string>();
            while (reader.Read()) texts.Add(reader.GetString(0));
            return texts;
        }
    }

    /// <summary>Keeps whether a node takes jobs.</summary>
    public void Save(string node, bool isDrained) => Execute(isDrained ? "INSERT INTO drained (node) VALUES (@a) ON CONFLICT (node) DO NOTHING" : "DELETE FROM drained WHERE node = @a", node);

    /// <summary>The latest time that anything here tells of, in seconds since 1970; 0 where nothing does.</summary>
    public double LatestTime() => LedgerBefore(long.MaxValue, 1).Select(entry => entry.At)
        .Concat(Latest(1).Concat(Open()).Select(job => Math.Max(job.Submitted, job.Started ?? 0))).DefaultIfEmpty(0).Max();

    /// <summary>Where the last service's time began; null where none has.</summary>
    internal ClockAnchor? Anchor() => Query<ClockAnchor>("SELECT anchor FROM clock").FirstOrDefault();

    /// <summary>Keeps where a service's time begins.</summary>
    internal void Save(ClockAnchor anchor) => Execute("INSERT INTO clock (id, anchor) VALUES (1, @a) ON CONFLICT (id) DO UPDATE SET anchor = excluded.anchor", JsonSerializer.Serialize(anchor, Json));

    /// <summary>Adds an entry to the chain.</summary>
    public LedgerEntry Append(LedgerEntry entry)
    {
        lock (_lock)
        {
            entry = entry.Chained(_last.Sequence + 1, _last.Hash);
            Execute("INSERT INTO ledger (sequence, entry) VALUES (@a, @b)", entry.Sequence, JsonSerializer.Serialize(entry, Json));
            _last = (entry.Sequence, entry.Hash);
            return entry;
        }
    }

    /// <summary>The whole chain. An entry that cannot be read stands in its place without content, so that the chain tells of it.</summary>
    public IReadOnlyList<LedgerEntry> Ledger() => [.. LedgerSince(double.NegativeInfinity).Reverse()];

    /// <summary>A part of the chain, in its order.</summary>
    /// <param name="beyond">The place after which it begins.</param>
    /// <param name="count">How many entries.</param>
    public IReadOnlyList<LedgerEntry> Ledger(long beyond, int count) => Chain<LedgerEntry>("SELECT sequence, entry FROM ledger WHERE sequence > @a ORDER BY sequence LIMIT @b", Placed, beyond, count);

    /// <summary>What was given back from a time on, the newest first.</summary>
    /// <param name="since">Seconds since 1970.</param>
    public IEnumerable<LedgerEntry> LedgerSince(double since)
    {
        for (var before = long.MaxValue; LedgerBefore(before, Batch) is { Count: > 0 } batch; before = batch[^1].Sequence)
            foreach (var entry in batch)
            {
                if (entry.At < since && entry.Hash != Unreadable) yield break;
                yield return entry;
            }
    }

    /// <summary>Adds to the audit log's chain.</summary>
    public void Audit(AuditEntry entry)
    {
        lock (_lock)
        {
            entry = entry.Chained(_lastAudit.Sequence + 1, _lastAudit.Hash);
            Execute("INSERT INTO audit (sequence, entry) VALUES (@a, @b)", entry.Sequence, JsonSerializer.Serialize(entry, Json));
            _lastAudit = (entry.Sequence, entry.Hash);
        }
    }

    /// <summary>The newest entries of the audit log. One that cannot be read stands in its place without content, so that the chain tells of it.</summary>
    /// <param name="count">How many.</param>
    /// <param name="before">Only those before this place in the chain.</param>
    public IReadOnlyList<AuditEntry> AuditLog(int count, long before = long.MaxValue) =>
        Chain<AuditEntry>("SELECT sequence, entry FROM audit WHERE sequence < @a ORDER BY sequence DESC LIMIT @b", (entry, sequence) => (entry ?? new AuditEntry(0, "", "unreadable", "", "") { Hash = Unreadable }) with { Sequence = sequence }, before, count);

    /// <summary>What the last configuration was known by; null before the first.</summary>
    public string? Config() => Texts("SELECT digest FROM config").FirstOrDefault();

    /// <summary>Keeps what a configuration is known by.</summary>
    public void SaveConfig(string digest) => Execute("INSERT INTO config (id, digest) VALUES (1, @a) ON CONFLICT (id) DO UPDATE SET digest = excluded.digest", digest);

    /// <summary>Keeps a key.</summary>
    public void Save(ApiKey key) => Execute("INSERT INTO api_keys (hash, entry) VALUES (@a, @b) ON CONFLICT (hash) DO UPDATE SET entry = excluded.entry", key.Hash, JsonSerializer.Serialize(key, Json));

    /// <summary>The key of a hash; null where there is none.</summary>
    public ApiKey? Key(string hash) => Query<ApiKey>("SELECT entry FROM api_keys WHERE hash = @a", hash).FirstOrDefault();

    /// <summary>All keys.</summary>
    public IReadOnlyList<ApiKey> Keys() => Query<ApiKey>("SELECT entry FROM api_keys ORDER BY hash");

    /// <summary>Forgets a key.</summary>
    public void Revoke(string hash) => Execute("DELETE FROM api_keys WHERE hash = @a", hash);

    /// <inheritdoc />
    public void Dispose() => _connection.Dispose();

    private void Execute(string sql, params object[] values)
    {
        lock (_lock)
        {
            using var command = Command(sql, values);
            command.ExecuteNonQuery();
        }
    }

    private List<T> Query<T>(string sql, params object[] values)
    {
        lock (_lock)
        {
            using var command = Command(sql, values);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
                try
                {
                    rows.Add(JsonSerializer.Deserialize<T>(reader.GetString(0), Json)!);
                }
                catch (JsonException fault)
                {
                    throw new InvalidDataException($"a {typeof(T).Name} cannot be read: {Start(reader.GetString(0))} ({fault.Message}); expected it as it was written. Put a copy of the database in its place.", fault);
                }
            return rows;
        }
    }

    private static string Start(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "…";

    /// <summary>The audit log of a database from before it was a chain becomes one.</summary>
    private void ChainAudit() => Together(() =>
    {
        var entries = AuditLog(int.MaxValue);
        if (entries.Any(entry => entry.Hash.Length > 0)) return;
        Execute("DELETE FROM audit");
        _lastAudit = (0, AuditEntry.Origin);
        foreach (var entry in entries.Reverse()) Audit(entry);
    });

    private static LedgerEntry Placed(LedgerEntry? entry, long sequence) => (entry is { Tenant: not null, Pool: not null } ? entry : new LedgerEntry { At = 0, Job = 0, Attempt = 0, Tenant = "", Pool = "", Hash = Unreadable }) with { Sequence = sequence };

    private List<LedgerEntry> LedgerBefore(long before, int count) => Chain<LedgerEntry>("SELECT sequence, entry FROM ledger WHERE sequence < @a ORDER BY sequence DESC LIMIT @b", Placed, before, count);

    /// <summary>Entries in the places where they stand, whatever they say of it; null for one that cannot be read.</summary>
    private List<T> Chain<T>(string sql, Func<T?, long, T> placed, params object[] values)
        where T : class
    {
        lock (_lock)
        {
            using var command = Command(sql, values);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
            {
                T? entry = null;
                try
                {
                    entry = JsonSerializer.Deserialize<T>(reader.GetString(1), Json);
                }
                catch (JsonException)
                {
                }
                rows.Add(placed(entry, reader.GetInt64(0)));
            }
            return rows;
        }
    }

    private DbCommand Command(string sql, params object[] values)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = _transaction;
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"@{(char)('a' + i)}";
            parameter.Value = values[i];
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
