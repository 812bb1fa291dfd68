using Geobuk.Cli.Terminal;

namespace Geobuk.EndToEnd.Tests.Terminal;

/// <summary>What others named reaches a terminal as text alone.</summary>
public sealed class CellTests
{
    [Theory]
    [InlineData("a\u001b[31mb\nc\0d", "a [31mb c d")]
    [InlineData("a\u202egnp.exe\u2028\u200bz", "a gnp.exe  z")]
    [InlineData("국방 漢 é 🐢", "국방 漢 é 🐢")]
    public void Plain_Text_HasNoOrdersToTheTerminal(string text, string expected) => Assert.Equal(expected, Cell.Plain(text));

    [Fact]
    public void Of_Text_IsNoMarkupEither() => Assert.Equal("[[red]] x", Cell.Of("[red]\u001bx"));
}
