using System.Text;
using Geobuk.Samples.Generator.Documents;

namespace Geobuk.Samples.Generator;

/// <summary>
/// A handful of office documents in the forms in which such documents come, for the corpus step to show what it does: some are
/// clean, some have personal data, some bear a marking or a licence that keeps them out. People, numbers and plans are invented.
/// </summary>
internal static class OfficeDocuments
{
    // The check digit is right and the day exists; 홍길동 is the John Doe of Korean forms.
    private const string Person = "홍길동", ResidentNumber = "900101-1234568";

    public static IEnumerable<(string Path, byte[] Content)> Write() =>
    [
        ("체육대회-안내.hwpx", FieldDay()),
        ("사진촬영-계획-대외비.hwpx", MarkedPlan()),
        ("동호회-명단.docx", ClubMembers()),
        ("표지-견본.docx", MarkingSpecimen()),
        ("도서실-공지.html", LibraryNotice()),
        ("사진전-도록.html", PhotoCatalogue()),
        ("간담회-결과.pdf", MeetingNotes()),
        ("숙소-배정-신청서.pdf", Application()),
        ("장비-점검표-3급.pdf", MarkedChecklist()),
    ];

    private static byte[] FieldDay() => new HwpxWriter()
        .Paragraph("봄철 체육대회 안내", 0, HwpxWriter.Section)
        .Paragraph("거북해안지원단은 봄철 체육대회를 연다. 참가는 자유이며, 경기마다 한 사람이 한 번 나간다.")
        .Paragraph("경기 종목", 3)
        .Paragraph("줄다리기와 이어달리기", 4)
        .Paragraph("공굴리기", 4)
        .Paragraph("준비물과 안전", 3)
        .Paragraph("", 0, HwpxWriter.Table(3, 2, (0, 0, 1, 1, "시각"), (0, 1, 1, 1, "순서"), (1, 0, 1, 1, "오전"), (1, 1, 1, 1, "개회와 예선"), (2, 0, 1, 1, "오후"), (2, 1, 1, 1, "결선과 시상(施賞)")))
        .Paragraph("비가 오면 다음 주로 미루고, 운동장이 젖으면 체육관(體育館)에서 연다.")
        .Write();

    private static byte[] MarkedPlan() => new HwpxWriter()
        .Paragraph("단체사진 촬영 계획", 0, HwpxWriter.Section + HwpxWriter.Container("header", "대 외 비"))
        .Paragraph("이 계획은 견본으로 지어낸 것이다. 촬영은 분기마다 한 번 하고, 자리는 앞줄부터 채운다.")
        .Paragraph("사진은 게시판에 한 달 동안 걸어 둔다.")
        .Write();

    private static byte[] ClubMembers() => new DocxWriter()
        .Paragraph("등산 동호회 회원 명단", "Heading1")
        .Paragraph("이 명단의 사람은 지어낸 사람이다. 회원이 바뀌면 총무가 고친다.")
        .Table(["이름", "주민등록번호", "전화", "전자우편"], [Person, ResidentNumber, "010-0000-1234", "gildong@example.com"])
        .Paragraph("산행은 달마다 한 번 하며, 비가 오면 쉰다.")
        .Write();

    private static byte[] MarkingSpecimen() => new DocxWriter()
        .Paragraph("문서 표지를 붙이는 자리", "Heading1")
        .Paragraph("새로 온 사람을 위한 설명이다. 표지는 문서의 위쪽 가운데에 붉은 글씨로 쓰며, 그 모양은 아래와 같다.")
        .Paragraph("[ 대 외 비 ]")
        .Paragraph("위의 표지는 모양을 보이려는 것이고 이 설명은 누구나 읽을 수 있다.")
        .Write();

    private static byte[] LibraryNotice() => Html("도서실 이용 공지", """
        <nav><a href="/">처음</a> <a href="/notice">공지</a></nav>
        <main><h1>도서실 이용 공지</h1>
        <p>도서실은 평일 점심시간에도 문을 연다. 책을 잃어버린 사람은 같은 책을 사서 낸다.</p>
        <ul><li>신문(新聞)은 열람실에서만 읽는다.</li><li>희망 도서는 달마다 신청을 받는다.</li></ul></main>
        <footer><img src="kogl1.png" alt="공공누리 제1유형: 출처표시"> 본 저작물은 공공누리 제1유형 조건에 따라 이용할 수 있습니다.</footer>
        """);

    private static byte[] PhotoCatalogue() => Html("해안 사진전 도록", """
        <main><h1>해안 사진전 도록</h1>
        <p>바닷가의 네 계절을 찍은 사진에 짧은 글을 붙였다. 글과 사진은 찍은 사람의 것이다.</p></main>
        <footer><img src="kogl4.png" alt="공공누리 제4유형: 출처표시, 상업적 이용금지, 변경금지"> 본 저작물은 공공누리 제4유형 조건에 따라 이용할 수 있습니다.</footer>
        """);

    private static byte[] MeetingNotes() => Pdf(
        "간담회 결과", "구내식당의 음식을 놓고 이야기를 나누었다.", "국이 싱겁다는 의견이 많아 다음 달부터 간을 고치기로 하였다.", "아침에는 과일을 더 내고, 남는 음식은 줄이기로 하였다.");

    private static byte[] Application() => Pdf(
        "숙소 배정 신청서", $"신청인 성명: {Person}", $"주민등록번호: {ResidentNumber}", "연락처: 010-0000-5678", "신청인은 배정된 방을 깨끗이 쓰고 나갈 때 열쇠를 돌려준다.");

    private static byte[] MarkedChecklist() => Pdf(
        "군사 Ⅲ급비밀", "장비 점검표", "견본으로 지어낸 점검표이다. 빗자루와 물뿌리개의 수를 달마다 센다.", "모자라는 것은 다음 달에 산다.");

    private static byte[] Pdf(params string[] lines)
    {
        var page = new PdfWriter().Page();
        for (var i = 0; i < lines.Length; i++) page.Text(60, 760 - 24 * i, lines[i], i == 0 ? 16 : 11);
        return page.Write();
    }

    private static byte[] Html(string title, string body) => Encoding.UTF8.GetBytes(
        $"<!DOCTYPE html>\n<html lang=\"ko\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body>\n{body.ReplaceLineEndings("\n")}\n</body></html>\n");
}
