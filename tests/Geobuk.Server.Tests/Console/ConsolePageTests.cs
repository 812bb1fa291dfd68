using System.Net;
using System.Text.RegularExpressions;

namespace Geobuk.Server.Tests.Console;

[Collection(ServerCollection.Name)]
public sealed partial class ConsolePageTests(ServerFixture fixture)
{
    private readonly HttpClient _http = fixture.Server.Http;

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/console.css", "text/css")]
    [InlineData("/console.js", "text/javascript")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task Get_Part_HasTypePolicyAndTag(string path, string type)
    {
        using var response = await _http.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none';", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.NotNull(response.Headers.ETag);
    }

    [Fact]
    public async Task Get_KnownTag_Is304()
    {
        using var first = await _http.GetAsync("/console.js");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/console.js");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Page_EverythingItLoads_IsServedHere()
    {
        var page = await _http.GetStringAsync("/");
        var sources = Source().Matches(page).Select(match => match.Groups[1].Value).Distinct().ToArray();

        Assert.Contains("/console.js", sources);
        foreach (var source in sources)
        {
            Assert.StartsWith("/", source);
            using var response = await _http.GetAsync(source);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/console.css")]
    [InlineData("/console.js")]
    public async Task Part_NamesNoOtherSite_AndNoInlineScript(string path)
    {
        var text = await _http.GetStringAsync(path);

        Assert.DoesNotMatch(@"(https?:)?//[a-z0-9]+\.", text);
        Assert.DoesNotMatch(@"<script(?![^>]*src=)|\son[a-z]+=|style=""|innerHTML", text);
    }

    [Fact]
    public async Task Script_EveryElementItAsksFor_IsOnThePage()
    {
        var page = await _http.GetStringAsync("/");
        var script = await _http.GetStringAsync("/console.js");

        var ids = ById().Matches(script).Select(match => match.Groups[1].Value).ToArray();

        Assert.NotEmpty(ids);
        Assert.All(ids, id => Assert.Contains($"id=\"{id}\"", page));
    }

    [GeneratedRegex("(?:src|href)=\"([^\"]+)\"")]
    private static partial Regex Source();

    [GeneratedRegex("byId\\(\"([^\"]+)\"\\)")]
    private static partial Regex ById();
}
