using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Geobuk.Models;

namespace Geobuk.Server.Hosting;

/// <summary>
/// The keys that open the API. A line of the file is a key, or sha256: and the key's hash, and after it what the key may:
/// <c>KEY name=finance role=user labels=내부 requests=60 tokens=20000 concurrent=2</c>. Without a role a key may do everything.
/// Only hashes are kept; comparing takes the same time whatever is presented.
/// </summary>
internal sealed class ApiKeys
{
    private const int ShortestKey = 8;
    private const string HashPrefix = "sha256:";
    private readonly List<(byte[] Digest, ApiKey Key)> _keys;

    private ApiKeys(List<(byte[], ApiKey)> keys) => _keys = keys;

    /// <summary>Reads one key per line; empty lines and lines that start with # do not count.</summary>
    /// <exception cref="UserInputException">The file has no key, one that is too short to be safe, or a line that cannot be read.</exception>
    public static ApiKeys Load(string path)
    {
        var keys = new List<(byte[], ApiKey)>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0 || fields[0][0] == '#') continue;
            keys.Add((Digest(fields[0], $"{path}:{number}"), Read(fields[1..], $"{path}:{number}", $"key-{keys.Count + 1}")));
        }
        if (keys.Count == 0)
            throw new UserInputException($"{path}: no key in it; expected one key per line. Add a key or leave --api-keys out.");
        return new ApiKeys(keys);
    }

    /// <summary>The key that was presented, or null where it is none of the file's.</summary>
    public ApiKey? Find(string presented)
    {
        var digest = Hash(presented);
        ApiKey? found = null;
        // No early way out: the time must not tell which key came close.
        foreach (var (known, key) in _keys)
            if (CryptographicOperations.FixedTimeEquals(known, digest)) found = key;
        return found;
    }

    private static byte[] Digest(string key, string place)
    {
        if (key.StartsWith(HashPrefix, StringComparison.Ordinal))
        {
            var hex = key[HashPrefix.Length..];
            return hex.Length == 64 && hex.All(char.IsAsciiHexDigit)
                ? Convert.FromHexString(hex)
                : throw new UserInputException($"{place}: {HashPrefix} is followed by {hex.Length} characters; expected 64 hexadecimal digits. Make them with: printf %s KEY | sha256sum");
        }
        if (key.Length < ShortestKey)
            throw new UserInputException($"{place}: a key of {key.Length} characters; expected at least {ShortestKey}. Make one with: openssl rand -hex 24");
        return Hash(key);
    }

    private static ApiKey Read(string[] fields, string place, string name)
    {
        var key = new ApiKey(name, ApiRole.Admin);
        foreach (var field in fields)
        {
            var (word, value) = field.Split('=', 2) is [var before, { Length: > 0 } after] ? (before, after) : (field, "");
            key = word switch
            {
                "name" when value.Length > 0 => key with { Name = value },
                "role" when Enum.TryParse<ApiRole>(value, ignoreCase: true, out var role) && !char.IsAsciiDigit(value[0]) => key with { Role = role },
                "labels" when value.Length > 0 => key with { Labels = string.Join(',', value.Split(',').Distinct().Order(StringComparer.Ordinal)) },
                "requests" when Number(value) is { } count => key with { RequestsPerMinute = count },
                "tokens" when Number(value) is { } count => key with { TokensPerMinute = count },
                "concurrent" when Number(value) is { } count => key with { Concurrent = count },
                _ => throw new UserInputException($"{place}: \"{field}\" after the key; expected name=, role=user|metrics|admin, labels=, requests=, tokens= or concurrent= with a value. Correct or remove it."),
            };
        }
        return key;
    }

    private static int? Number(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
