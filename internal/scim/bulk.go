package scim

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
)

func count(m map[string]bool) string { return strconv.Itoa(len(m)) }

// bulk does many things in turn, each in a transaction of its own: RFC 7644, 3.7.
func (s Service) bulk(ctx context.Context, who access.Actor, g access.Grant, r Request) (Response, error) {
	var in struct {
		FailOnErrors int    `json:"failOnErrors"`
		Operations   []part `json:"Operations"`
	}
	if err := json.Unmarshal(r.Body, &in); err != nil || len(in.Operations) == 0 {
		return s.refused(ctx, who, &r, invalid("invalidSyntax", "The body is not a %s with Operations.", urnBulk))
	}
	if len(in.Operations) > mostOperations {
		return s.refused(ctx, who, &r, &problem{statusLarge, "tooMany", "At most " + strconv.Itoa(mostOperations) + " operations at once."})
	}
	var done []object
	made, failed := map[string]string{}, 0
	for i := range in.Operations {
		told, id, err := s.part(ctx, g, &in.Operations[i], r.Base, made)
		if err != nil {
			failed++
			if _, err := s.refused(ctx, who, &Request{Method: in.Operations[i].Method, Path: in.Operations[i].Path}, err); err != nil {
				return Problem(err), err
			}
		} else if bulkID := in.Operations[i].BulkID; bulkID != "" {
			made[bulkID] = id
		}
		done = append(done, told)
		if in.FailOnErrors > 0 && failed >= in.FailOnErrors {
			break
		}
	}
	return marshal(statusOK, "", object{"schemas": []string{urnBulked}, "Operations": done}), nil
}

// part is one of many things to do.
type part struct {
	Method string          `json:"method"`
	BulkID string          `json:"bulkId"`
	Path   string          `json:"path"`
	Data   json.RawMessage `json:"data"`
}

// part does one of many things, and returns what to tell of it and the id of what
// it made.
func (s Service) part(ctx context.Context, g access.Grant, op *part, base string, made map[string]string) (told object, id string, err error) {
	one := Request{Method: strings.ToUpper(op.Method), Path: named(op.Path, made), Body: []byte(named(string(op.Data), made)), Base: base}
	told = object{"method": one.Method}
	if op.BulkID != "" {
		told["bulkId"] = op.BulkID
	}
	var out Response
	if one.Method == "GET" || one.Method == "POST" && op.BulkID == "" || strings.Contains(one.Path, "bulkId:") || strings.Contains(string(one.Body), `"bulkId:`) {
		err = invalid("invalidValue", "The operation has no bulkId, names one that was not made, or reads.")
	} else {
		err = s.DB.Write(ctx, g, func(tx *db.Tx) (err error) {
			out, err = s.one(tx, &one)
			return err
		})
	}
	if err != nil {
		p := problemOf(err)
		told["status"], told["response"] = strconv.Itoa(p.status), p.object()
		return told, "", err
	}
	told["status"], told["location"] = strconv.Itoa(out.Status), out.Location
	if out.Location == "" {
		told["location"] = base + one.Path
	}
	return told, out.Location[strings.LastIndexByte(out.Location, '/')+1:], nil
}

// named puts the ids of what was made in place of bulkIds.
func named(text string, made map[string]string) string {
	if !strings.Contains(text, "bulkId:") {
		return text
	}
	for bulkID, id := range made {
		if id != "" && bulkID != "" {
			text = strings.ReplaceAll(text, `"bulkId:`+bulkID+`"`, `"`+id+`"`)
			if strings.HasSuffix(text, "/bulkId:"+bulkID) {
				text = strings.TrimSuffix(text, "bulkId:"+bulkID) + id
			}
		}
	}
	return text
}

// about says what this service can do: RFC 7644, 4.
func about(r *Request, kind, id string) (Response, error) {
	if r.Method != "GET" {
		return Response{}, &problem{statusMethod, "", "This is only read."}
	}
	switch kind {
	case "ServiceProviderConfig":
		off := object{"supported": false}
		return marshal(statusOK, "", object{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"}, "patch": object{"supported": true},
			"bulk":   object{"supported": true, "maxOperations": mostOperations, "maxPayloadSize": MaxBody},
			"filter": object{"supported": true, "maxResults": mostPage}, "changePassword": off, "sort": off, "etag": off,
			"authenticationSchemes": []object{{"type": "oauthbearertoken", "name": "Token", "description": "A token of a service whose scope names scim.provision", "primary": true}},
			"meta":                  object{"resourceType": "ServiceProviderConfig", "location": r.Base + "/ServiceProviderConfig"},
		}), nil
	case "ResourceTypes":
		one := func(name, path, urn string) object {
			return object{
				"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}, "id": name, "name": name, "endpoint": path, "schema": urn,
				"meta": object{"resourceType": "ResourceType", "location": r.Base + "/ResourceTypes/" + name},
			}
		}
		return pick([]object{one("User", "/Users", urnUser), one("Group", "/Groups", urnGroup)}, id)
	}
	return pick(schemas(r.Base), id)
}

func pick(all []object, id string) (Response, error) {
	if id == "" {
		return marshal(statusOK, "", object{"schemas": []string{urnList}, "totalResults": len(all), "startIndex": 1, "itemsPerPage": len(all), "Resources": all}), nil
	}
	for _, o := range all {
		if o["id"] == id {
			return marshal(statusOK, "", o), nil
		}
	}
	return Response{}, &problem{statusNotFound, "", "There is no such resource."}
}

// schemas are the attributes that are kept: RFC 7643, 7.
func schemas(base string) []object {
	attribute := func(name, kind string, many, required bool, sub ...object) object {
		out := object{
			"name": name, "type": kind, "multiValued": many, "required": required, "caseExact": name == "externalId", "mutability": "readWrite",
			"returned": "default", "uniqueness": "none", "description": name,
		}
		if len(sub) > 0 {
			out["subAttributes"] = sub
		}
		return out
	}
	plain := func(name string) object { return attribute(name, "string", false, false) }
	schema := func(urn, name string, list ...object) object {
		return object{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}, "id": urn, "name": name, "description": name, "attributes": list,
			"meta": object{"resourceType": "Schema", "location": base + "/Schemas/" + urn},
		}
	}
	userName := attribute("userName", "string", false, true)
	userName["uniqueness"] = "server"
	return []object{
		schema(urnUser, "User", userName, plain("externalId"), plain("displayName"), plain("title"),
			attribute("name", "complex", false, false, plain("formatted"), plain("givenName"), plain("familyName")),
			attribute("emails", "complex", true, false, plain("value"), plain("type"), attribute("primary", "boolean", false, false)),
			attribute("active", "boolean", false, false)),
		schema(urnGroup, "Group", attribute("displayName", "string", false, true), plain("externalId"),
			attribute("members", "complex", true, false, plain("value"), plain("display"))),
	}
}
