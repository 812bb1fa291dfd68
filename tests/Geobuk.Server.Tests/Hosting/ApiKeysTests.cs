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

        Assert.True(keys.Accepts("first-key-1"));
        Assert.True(keys.Accepts("second-key-漢字"));
        Assert.False(keys.Accepts("first-key-"));
        Assert.False(keys.Accepts("first-key-11"));
        Assert.False(keys.Accepts(""));
        Assert.False(keys.Accepts("# 주석"));
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
}
