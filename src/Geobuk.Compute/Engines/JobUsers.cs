using System.Globalization;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// As whom a local pool's jobs run, where not as the service itself: one user for all of them, or of each tenant's an account of its
/// own, a number out of a range that stays the tenant's. Tenants with accounts of their own do not read or signal each other's jobs.
/// </summary>
public sealed class JobUsers
{
    private const string One = "user", Range = "uids";
    // Below are a system's own users, above are numbers that mean nobody.
    private const uint Least = 1000, Most = int.MaxValue;

    private readonly JobUser? _one;
    private readonly (uint First, uint Last) _range;
    private readonly Func<string, uint, uint, uint?> _accounts;

    private JobUsers(JobUser? one, (uint First, uint Last) range, Func<string, uint, uint, uint?> accounts) => (_one, _range, _accounts) = (one, range, accounts);

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = [One, Range];

    /// <summary>Whether a pool's settings give each tenant an account of its own.</summary>
    public static bool AreApart(IReadOnlyDictionary<string, string> settings) => settings.ContainsKey(Range);

    /// <summary>The users that a local pool's settings name; null where they name none.</summary>
    /// <param name="settings">user, a user of this machine, or uids, as <c>70000-70999</c>.</param>
    /// <param name="accounts">The number of a tenant out of a range (tenant, first, last), always the same; null where all are given.</param>
    /// <exception cref="UserInputException">There is no such user or range, or the service is not root and so cannot become another.</exception>
    public static JobUsers? Of(IReadOnlyDictionary<string, string> settings, Func<string, uint, uint, uint?> accounts)
    {
        var (named, numbers) = (settings.GetValueOrDefault(One), settings.GetValueOrDefault(Range));
        if (named is null && numbers is null) return null;
        var setting = numbers is null ? $"engine_settings.{One}: {named}" : $"engine_settings.{Range}: {numbers}";
        if (named is not null && numbers is not null) throw new UserInputException($"{setting} beside {One}: {named}; expected one of the two. Leave out {One} to give each tenant an account of its own.");
        if (!Environment.IsPrivilegedProcess) throw new UserInputException($"{setting}, but the service runs as {Environment.UserName}; expected it to run as root, who alone may become another. Leave it out, or start the service as root.");
        if (named is not null) return new JobUsers(JobUser.Named(named), default, accounts);
        if (numbers!.Split('-') is not [var from, var to] || !uint.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first) || !uint.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || first < Least || last < first || last > Most)
            throw new UserInputException($"{setting}; expected two numbers from {Least} on, as 70000-70999.");
        if (JobUser.Known(first, last) is [var known, ..]) throw new UserInputException($"{setting}: {known} of this machine is among them; expected numbers that nobody has. Choose others.");
        return new JobUsers(null, (first, last), accounts);
    }

    /// <summary>In words for a job's owner.</summary>
    internal string Words(string tenant) => TryFind(tenant) is { } user ? $"as user {user.Name}" : "as nobody";

    /// <summary>As whom a tenant's jobs run.</summary>
    /// <exception cref="IOException">No account is left for it.</exception>
    internal JobUser Find(string tenant) => TryFind(tenant)
        ?? throw new IOException($"engine_settings.{Range}: all numbers from {_range.First} to {_range.Last} are other tenants'; expected one for {tenant}. An operator makes the range larger.");

    /// <summary>Makes sure that all of them can get to their jobs' folders.</summary>
    internal void Check(string root) => (_one ?? JobUser.Numbered(_range.First)).Check(_one is null ? Range : One, root);

    private JobUser? TryFind(string tenant) => _one ?? (_accounts(tenant, _range.First, _range.Last) is { } number ? JobUser.Numbered(number) : null);
}
