using System.Security.Cryptography;
using System.Text;
using Geobuk.Models;

namespace Geobuk.Server.Hosting;

/// <summary>The keys that open the API. Only their SHA-256 is kept; comparing takes the same time whatever is presented.</summary>
internal sealed class ApiKeys
{
    private const int ShortestKey = 8;
    private readonly byte[][] _digests;

    private ApiKeys(byte[][] digests) => _digests = digests;

    /// <summary>Reads one key per line; empty lines and lines that start with # do not count.</summary>
    /// <exception cref="UserInputException">The file has no key, or one that is too short to be safe.</exception>
    public static ApiKeys Load(string path)
    {
        var digests = new List<byte[]>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var key = line.Trim();
            if (key.Length == 0 || key[0] == '#') continue;
            if (key.Length < ShortestKey)
                throw new UserInputException($"{path}:{number}: a key of {key.Length} characters; expected at least {ShortestKey}. Make one with: openssl rand -hex 24");
            digests.Add(Digest(key));
        }
        if (digests.Count == 0)
            throw new UserInputException($"{path}: no key in it; expected one key per line. Add a key or leave --api-keys out.");
        return new ApiKeys([.. digests]);
    }

    /// <summary>Whether <paramref name="presented"/> is one of the keys.</summary>
    public bool Accepts(string presented)
    {
        var digest = Digest(presented);
        var found = false;
        // No early way out: the time must not tell which key came close.
        foreach (var known in _digests) found |= CryptographicOperations.FixedTimeEquals(known, digest);
        return found;
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
