using Geobuk.Models;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Hosting;

public sealed class ApiKeysTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Accepts_KeysOfTheFile_AndNothingElse()
    {
        File.WriteAllText(_file, "\uFEFF# 주석\r\nfirst-key-1\r\n\r\n  second-key-漢字  \r\n");
        var keys = ApiKeys.Load(_file);

        Assert.NotNull(keys.Find("first-key-1"));
        Assert.NotNull(keys.Find("second-key-漢字"));
        Assert.Null(keys.Find("first-key-"));
        Assert.Null(keys.Find("first-key-11"));
        Assert.Null(keys.Find(""));
        Assert.Null(keys.Find("# 주석"));
    }

    [Theory]
    [InlineData("", "no key in it")]
    [InlineData("# only a comment\n\n", "no key in it")]
    [InlineData("long-enough-key\nshort\n", ":2: a key of 5 characters")]
    public void Load_FileWithoutSafeKeys_Refuses(string content, string message)
    {
        File.WriteAllText(_file, content);

        var refusal = Assert.Throws<UserInputException>(() => ApiKeys.Load(_file));

        Assert.StartsWith(_file, refusal.Message);
        Assert.Contains(message, refusal.Message);
        Assert.DoesNotContain("short", refusal.Message);
    }

    [Fact]
    public void Find_KeyWithFields_HasRoleLabelsAndLimits()
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("hidden-key-1"u8));
        File.WriteAllText(_file, $"plain-key-1\nsha256:{hash} name=재정 role=user labels=내부,공개 requests=60 tokens=1000 concurrent=2\n");
        var keys = ApiKeys.Load(_file);

        Assert.Equal(new ApiKey("key-1", ApiRole.Admin), keys.Find("plain-key-1"));
        Assert.Equal(new ApiKey("재정", ApiRole.User) { Labels = "공개,내부", RequestsPerMinute = 60, TokensPerMinute = 1000, Concurrent = 2 }, keys.Find("hidden-key-1"));
        Assert.Null(keys.Find($"sha256:{hash}"));
    }

    [Theory]
    [InlineData("role=boss")]
    [InlineData("role=1")]
    [InlineData("requests=0")]
    [InlineData("tokens=-5")]
    [InlineData("concurrent=99999999999")]
    [InlineData("name")]
    [InlineData("colour=red")]
    public void Load_FieldThatCannotBe_IsQuotedWithItsLine(string field)
    {
        File.WriteAllText(_file, $"# one\nlong-enough-key {field}\n");

        var refusal = Assert.Throws<UserInputException>(() => ApiKeys.Load(_file));

        Assert.StartsWith($"{_file}:2: \"{field}\"", refusal.Message);
        Assert.DoesNotContain("long-enough-key", refusal.Message);
    }
}
