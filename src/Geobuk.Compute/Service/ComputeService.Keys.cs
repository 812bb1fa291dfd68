using System.Globalization;
using Geobuk.Compute.Access;
using Geobuk.Compute.Jobs;
using Geobuk.Models;

namespace Geobuk.Compute.Service;

public sealed partial class ComputeService
{
    private const int LongestName = 64, ShortestHash = 8, MostKeys = 1000;
    private const double LatestExpiry = 1e11;
    private const string Unknown = "unknown";

    private readonly RefusalTally _refusals = new();
    private readonly HashSet<(string Key, string From)> _used = [];

    /// <summary>The key of a secret; null where it is no key or one whose time is over.</summary>
    public ApiKey? Known(string secret) => _store.Key(ApiKey.HashOf(secret)) is { } key && !(key.Expires <= Now) ? key : null;

    /// <summary>Makes the key of the machine's own operator.</summary>
    public string GrantSelf()
    {
        var (key, secret) = ApiKey.Create("operator", "local", Role.Operator);
        _store.Together(() =>
        {
            _store.Save(key);
            Record(Self, "grant", key.Name, $"{key.Role} of {key.Tenant}, key {key.Id}, into the state folder");
        });
        return secret;
    }

    /// <summary>An operator's key may do everything: it is written down from where it is used, each address once since the service began.</summary>
    /// <param name="by">The key.</param>
    /// <param name="from">The address.</param>
    public void NoteUse(ApiKey by, string from)
    {
        if (by.Role != Role.Operator) return;
        lock (_used)
        {
            if (_used.Contains((by.Hash, from))) return;
            Record(by, "use", $"key {by.Id}", $"from {from}");
            _used.Add((by.Hash, from));
        }
    }

    /// <summary>Writes down that somebody was refused, as often as <see cref="RefusalTally"/> lets.</summary>
    /// <param name="by">Who; null where the key is not known.</param>
    /// <param name="what">What was tried.</param>
    /// <param name="why">Why it was refused, and from where it came.</param>
    public void NoteRefusal(ApiKey? by, string what, string why)
    {
        if (_refusals.Count(by?.Hash ?? Unknown, Now) is { } count) Record(by?.Name ?? Unknown, "refused", what, count > RefusalTally.Each ? $"the {count}th within an hour; {why}" : why);
    }

    /// <summary>Makes a key for somebody.</summary>
    /// <param name="name">For people and the audit log.</param>
    /// <param name="tenant">What it is bound to.</param>
    /// <param name="role">What it may do.</param>
    /// <param name="by">Who gives it.</param>
    /// <param name="expires">When it opens nothing any more, in seconds since 1970; null never.</param>
    /// <returns>The secret, which is not kept.</returns>
    public string Grant(string name, string tenant, Role role, ApiKey by, double? expires = null) => Change(() =>
        {
            if (!IsName(name)) throw new UserInputException($"name: \"{JobRequest.Shown(name ?? "")}\"; expected 1 to {LongestName} letters (a to z, Hangul, Chinese characters), digits, '-', '_', '.', '@' and spaces between them. It is what the audit log calls its owner.");
            if (Self.Equals(name, StringComparison.OrdinalIgnoreCase) || Unknown.Equals(name, StringComparison.OrdinalIgnoreCase)) throw new UserInputException($"name: {name} is what the audit log calls others; expected a name of its own. Choose another.");
            if (expires is { } end && !(end > Now && end < LatestExpiry)) throw new UserInputException(string.Create(CultureInfo.InvariantCulture, $"expires: {end}; expected seconds since 1970 that are to come. Leave it out for a key without end."));
            if (!Enum.IsDefined(role)) throw new UserInputException($"role: {role}; expected one of {string.Join(", ", Enum.GetNames<Role>()).ToLowerInvariant()}.");
            if (tenant is null || !JobRequest.IsPath(tenant)) throw new UserInputException($"tenant: {tenant}; expected organisation/project/user.");
            if (!by.MayGrant(tenant, role)) throw Denied(by, "grant", $"{role} of {tenant}");
            if (by.Role != Role.Operator && _store.Keys().Count(by.Covers) >= MostKeys) throw new TooManyException($"keys: {by.Tenant} and what is below have {MostKeys}, as many as they may; expected fewer before another. Take back what is not used: geobuk compute keys --revoke ID");
            // The audit log tells people apart by these names.
            if (_store.Keys().Any(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && known.Tenant != tenant)) throw new UserInputException($"name: {name} has a key of another tenant; expected a name of its own. Choose another.");
            var (made, secret) = ApiKey.Create(name, tenant, role);
            var key = made with { Expires = expires };
            _store.Together(() =>
            {
                _store.Save(key);
                Record(by, "grant", name, string.Create(CultureInfo.InvariantCulture, $"{role} of {tenant}, key {key.Id}{(expires is { } until ? $", until {DateTimeOffset.FromUnixTimeSeconds((long)until):yyyy-MM-dd HH:mm:ss} UTC" : "")}"));
            });
            return secret;
        });

    private static bool IsName(string? name) => name is { Length: > 0 and <= LongestName } && name.Split(' ').All(part => part.Length > 0 && part.All(c => JobRequest.IsPlain(c) || c is '-' or '_' or '.' or '@'));

    /// <summary>Keys that somebody may give, and so take back; of each only the hash is known.</summary>
    public IReadOnlyList<ApiKey> Keys(ApiKey by) => [.. _store.Keys().Where(key => by.MayGrant(key.Tenant, key.Role) || key.Hash == by.Hash)];

    /// <summary>Takes a key back: who presents it is a stranger from now on.</summary>
    /// <param name="hash">Its hash, or how that begins.</param>
    /// <param name="by">Who takes it back.</param>
    public void Revoke(string hash, ApiKey by) => Change(() =>
        {
            var found = Keys(by).Where(key => hash.Length >= ShortestHash && key.Hash.StartsWith(hash, StringComparison.Ordinal)).ToList();
            if (found is not [var key]) throw new KeyNotFoundException($"{hash}: {(found.Count == 0 ? "no key" : "more than one key")} that you may take back begins so. geobuk compute keys lists them.");
            if (key.Hash == by.Hash) throw new UserInputException("key: it is the one that asks; expected another, lest nobody is left who can make one.");
            _store.Together(() =>
            {
                _store.Revoke(key.Hash);
                Record(by, "revoke", key.Name, $"{key.Role} of {key.Tenant}, key {key.Id}");
            });
            return key;
        });
}
