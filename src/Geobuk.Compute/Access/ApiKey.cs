using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Geobuk.Compute.Access;

/// <summary>Who asks. Only the hash of a key is kept.</summary>
/// <param name="Name">For people and the audit log.</param>
/// <param name="Tenant">The tenant it is bound to.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Hash">SHA-256 of the key, in hexadecimal digits.</param>
public sealed record ApiKey(string Name, string Tenant, Role Role, string Hash)
{
    private const int SecretBytes = 24, IdDigits = 12;

    /// <summary>When it opens nothing any more, in seconds since 1970; null never.</summary>
    public double? Expires { get; init; }

    /// <summary>How its hash begins: what people call it.</summary>
    [JsonIgnore]
    public string Id => IdOf(Hash);

    /// <summary>Makes a key; the secret is shown once and not kept.</summary>
    public static (ApiKey Key, string Secret) Create(string name, string tenant, Role role)
    {
        var secret = "gbk_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        return (new ApiKey(name, tenant, role, HashOf(secret)), secret);
    }

    /// <summary>The hash under which a secret is known.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>How a hash begins.</summary>
    public static string IdOf(string hash) => hash[..Math.Min(IdDigits, hash.Length)];

    /// <summary>Whether it may look at what belongs to a tenant.</summary>
    public bool MaySee(string tenant) => Role is Role.Operator or Role.Auditor || IsWithin(tenant);

    /// <summary>Whether it may submit and cancel for a tenant.</summary>
    public bool MayUse(string tenant) => Role == Role.Operator || (Role is Role.Member or Role.Admin && IsWithin(tenant));

    /// <summary>Whether it may give a key of that role for a tenant; nobody gives what he does not have.</summary>
    public bool MayGrant(string tenant, Role role) => Role == Role.Operator || (Role == Role.Admin && role is Role.Viewer or Role.Member or Role.Admin && Role == Role.Admin && IsWithin(tenant));

    /// <summary>Whether another is of its tenant or of one below.</summary>
    public bool Covers(ApiKey other) => IsWithin(other.Tenant);

    /// <summary>Whether it may read the audit log.</summary>
    public bool MayAudit => Role is Role.Operator or Role.Auditor;

    private bool IsWithin(string tenant) => tenant == Tenant || tenant.StartsWith(Tenant + "/", StringComparison.Ordinal);
}
