using Geobuk.Compute.Access;
using Geobuk.Compute.Jobs;
using Geobuk.Models;

namespace Geobuk.Compute.Service;

public sealed partial class ComputeService
{
    private const int LongestName = 64, ShortestHash = 8;

    /// <summary>Makes a key for somebody.</summary>
    public string Grant(string name, string tenant, Role role, ApiKey by)
    {
        lock (_lock)
        {
            if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName || name.Any(char.IsControl)) throw new UserInputException($"name: \"{name}\"; expected 1 to {LongestName} characters. It is what the audit log calls its owner.");
            if (!Enum.IsDefined(role)) throw new UserInputException($"role: {role}; expected one of {string.Join(", ", Enum.GetNames<Role>()).ToLowerInvariant()}.");
            if (tenant is null || !JobRequest.IsPath(tenant)) throw new UserInputException($"tenant: {tenant}; expected organisation/project/user.");
            if (!by.MayGrant(tenant, role)) throw Denied(by, "grant", $"{role} of {tenant}");
            // The audit log tells people apart by these names.
            if (_store.Keys().Any(known => known.Name == name && known.Tenant != tenant)) throw new UserInputException($"name: {name} has a key of another tenant; expected a name of its own. Choose another.");
            var (key, secret) = ApiKey.Create(name, tenant, role);
            _store.Together(() =>
            {
                _store.Save(key);
                Record(by, "grant", name, $"{role} of {tenant}");
            });
            return secret;
        }
    }

    /// <summary>Keys that somebody may give, and so take back; of each only the hash is known.</summary>
    public IReadOnlyList<ApiKey> Keys(ApiKey by) => [.. _store.Keys().Where(key => by.MayGrant(key.Tenant, key.Role) || key.Hash == by.Hash)];

    /// <summary>Takes a key back: who presents it is a stranger from now on.</summary>
    /// <param name="hash">Its hash, or how that begins.</param>
    /// <param name="by">Who takes it back.</param>
    public void Revoke(string hash, ApiKey by)
    {
        lock (_lock)
        {
            var found = Keys(by).Where(key => hash.Length >= ShortestHash && key.Hash.StartsWith(hash, StringComparison.Ordinal)).ToList();
            if (found is not [var key]) throw new KeyNotFoundException($"{hash}: {(found.Count == 0 ? "no key" : "more than one key")} that you may take back begins so. geobuk compute keys lists them.");
            if (key.Hash == by.Hash) throw new UserInputException("key: it is the one that asks; expected another, lest nobody is left who can make one.");
            _store.Together(() =>
            {
                _store.Revoke(key.Hash);
                Record(by, "revoke", key.Name, $"{key.Role} of {key.Tenant}");
            });
        }
    }
}
